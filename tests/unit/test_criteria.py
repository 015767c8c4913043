"""The criteria file: the packaged one is sound, a broken one is named by file, line and key, all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.errors import BadConfig
from inboxd.triage.criteria import CRITICAL_EXAMPLES, read_criteria
from inboxd.triage.examples import trials
from inboxd.triage.rulebook import Criteria, Kind

PACKAGED = Path(__file__).parents[2] / "config" / "criteria.toml"

WORDS = """
[words]
weak_en = ["urgent"]
weak_fr = ["urgent"]
not_en = ["not"]
not_fr = ["pas"]
yet_en = ["not only"]
yet_fr = ["pas seulement"]
if_en = ["what if"]
if_fr = ["si jamais"]
past_en = ["years ago"]
past_fr = ["autrefois"]
doubts_en = ["officer"]
doubts_fr = ["agent"]
exclusions_en = ["emergency contact"]
exclusions_fr = ["en cas d'urgence"]
"""
ROW = """
[[criterion]]
id = "UR-17"
category = "urgent"
description_en = "A flood"
description_fr = "Une inondation"
phrases_en = ["flood*"]
phrases_fr = ["inondation*"]
must_hit_en = ["The flood took everything."]
must_hit_fr = ["L'inondation a tout pris."]
must_not_hit_en = ["A flood? Not here."]
must_not_hit_fr = ["Rien de tel ici."]
"""
SOUND = ROW.replace("A flood? Not here.", "Nothing of the sort here.")


@pytest.fixture(scope="module")
def packaged() -> Criteria:
    return read_criteria(PACKAGED)


def _problems(tmp_path: Path, text: str) -> list[tuple[int, str, str]]:
    path = tmp_path / "criteria.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        read_criteria(path)
    assert all(problem.file == path for problem in caught.value.problems)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


def _line(text: str, start: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(start))


def test_packaged_file_holds_every_row_of_the_dossier(packaged: Criteria) -> None:
    wanted = {f"CR-{n:02}" for n in range(1, 11)} | {f"UR-{n:02}" for n in range(1, 20)}
    wanted |= {f"CX-{n:02}" for n in range(1, 12)} | {f"NM-{n:02}" for n in range(1, 8)} | {"HP-01", "PP-01"}
    assert wanted <= set(packaged.by_id)
    prefixes = {"CR": Kind.CRITICAL, "UR": Kind.URGENT, "CX": Kind.COMPLEX, "NM": Kind.NOT_MET, "PP": Kind.PASSPORT,
                "HP": Kind.FLAG, "TP": Kind.PERSON}
    assert all(prefixes[row.id[:2]] is row.category for row in packaged.rows)


def test_every_packaged_example_behaves(packaged: Criteria) -> None:
    assert [trial.told() for trial in trials(packaged) if not trial.behaves] == []


def test_critical_rows_show_two_examples_each_way_in_each_language(packaged: Criteria) -> None:
    for row in packaged.rows:
        least = CRITICAL_EXAMPLES if row.category is Kind.CRITICAL else 1
        for examples in (row.must_hit_en, row.must_hit_fr, row.must_not_hit_en, row.must_not_hit_fr):
            assert len(examples) >= least, row.id


def test_version_is_the_digest_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "criteria.toml"
    path.write_text(WORDS + SOUND, encoding="utf-8")
    first = read_criteria(path)
    assert read_criteria(path).version == first.version
    path.write_text(WORDS + SOUND + "# a remark\n", encoding="utf-8")
    assert read_criteria(path).version != first.version
    assert len(first.version) == 12


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"gone\.toml: cannot be read"):
        read_criteria(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("old", "new", "start", "key", "says"),
    [
        ('category = "urgent"', 'category = "dringend"', "category", "criterion.1.category", "'critical', 'urgent'"),
        ('id = "UR-17"', 'id = "17"', "id", "criterion.1.id", "should match pattern"),
        ('description_fr = "Une inondation"\n', "", "[[criterion]]", "criterion.1.description_fr", "is missing"),
        ('["flood*"]', '["flood* ..."]', "phrases_en", "criterion.1.phrases_en.1", "stands between two words"),
        ('["flood*"]', '["flood*", "(a|b"]', "phrases_en", "criterion.1.phrases_en.2", "needs its end"),
        ('["flood*"]', '["f*"]', "phrases_en", "criterion.1.phrases_en.1", "two letters or more"),
        ('["flood*"]', '[""]', "phrases_en", "criterion.1.phrases_en.1", "is empty"),
        ('phrases_en = ["flood*"]', 'phrase_en = ["flood*"]', "phrase_en", "criterion.1.phrase_en", "not an option"),
        ('phrases_fr = ["inondation*"]\n', "", "[[criterion]]", "criterion.1.phrases_fr", "no phrase in this language"),
        ('["inondation*"]', '["inondation*"]\ndated_en = ["water"]\nwithin_days = 3', "[[criterion]]",
         "criterion.1.dated_fr", "give both languages"),
        ('["inondation*"]', '["inondation*"]\ndated_en = ["water"]\ndated_fr = ["eau"]', "[[criterion]]",
         "criterion.1.within_days", "within how many days"),
        ('["inondation*"]', '["inondation*"]\notherwise = "CX-99"', "otherwise", "criterion.1.otherwise",
         "CX-99 is not"),
        ('["The flood took everything."]', "[]", "must_hit_en", "criterion.1.must_hit_en", "at least 1 worked example"),
        ('["The flood took everything."]', '["The fire took everything."]', "must_hit_en", "criterion.1.must_hit_en",
         "example 1: 'The fire took everything.' must hit UR-17"),
        ('["Nothing of the sort here."]', '["Fine.", "Floods came."]', "must_not_hit_en",
         "criterion.1.must_not_hit_en", "example 2: 'Floods came.' must not hit UR-17, and 'Floods' does"),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_line_and_key(
    tmp_path: Path, old: str, new: str, start: str, key: str, says: str
) -> None:
    text = WORDS + SOUND.replace(old, new)
    assert text != WORDS + SOUND
    problems = _problems(tmp_path, text)
    assert (_line(text, start), key) in [(line, found) for line, found, _ in problems]
    assert any(says in message for _, found, message in problems if found == key), problems


def test_an_id_given_twice_names_both_lines(tmp_path: Path) -> None:
    text = WORDS + SOUND + SOUND
    problems = _problems(tmp_path, text)
    first = _line(text, "id")
    assert problems == [(first + len(SOUND.splitlines()), "criterion.2.id",
                         f"UR-17 is also the id of the row at line {first}; ids are given once")]  # fmt: skip


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, "criterion = []\n" + WORDS)
    assert problems == [(1, "criterion", "has no row; nothing could be judged")]
    assert any("is missing" in message for _, _, message in _problems(tmp_path, WORDS))


def test_one_bad_row_is_one_problem(tmp_path: Path) -> None:
    assert len(_problems(tmp_path, WORDS + SOUND.replace("phrases_fr", "phrase_fr"))) == 1


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = WORDS.replace('["not only"]', '["not ("]') + SOUND.replace('"urgent"', '"now"') + SOUND
    text = text.replace('["inondation*"]', '["i*"]')
    keys = [key for _, key, _ in _problems(tmp_path, text)]
    assert {"words.yet_en.1", "criterion.1.category", "criterion.1.phrases_fr.1", "criterion.2.phrases_fr.1",
            "criterion.2.id"} <= set(keys)  # fmt: skip


def test_words_of_the_reader_are_needed_in_both_languages(tmp_path: Path) -> None:
    text = WORDS.replace('if_fr = ["si jamais"]\n', "") + SOUND
    assert any(key == "words.if_fr" and "is missing" in message for _, key, message in _problems(tmp_path, text))

"""`inboxd criteria check | list | show` as a person or a program gives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inboxd.cli import criteria as command
from tests.cli.conftest import Ended, Give, document, one_line
from tests.office import PROJECT, Server, write_office

PACKAGED = PROJECT / "config" / "criteria.toml"
WORDS = PACKAGED.read_text(encoding="utf-8").partition("\n[[criterion]]")[0] + "\n"
ROW = """
[[criterion]]
id = "UR-17"
category = "urgent"
description_en = "A flood"
description_fr = "Une inondation"
phrases_en = ["flood*", "the flood", "storm surge"]
phrases_fr = ["inondation*"]
exclusions_en = ["flood of (calls|mails)", "storm surge"]
exclusions_fr = ["inondation de (courriels|messages)"]
must_hit_en = [
  "The flood took everything.",
  "The cellar is not flooded.",
]
must_hit_fr = ["L'inondation a tout pris."]
must_not_hit_en = ["A flood of calls came in.", "The river took the house in a flood."]
must_not_hit_fr = ["Une inondation de courriels."]
"""
Criteria = Callable[..., Ended]


@pytest.fixture
def criteria(give: Give, tmp_path: Path) -> Criteria:
    config = write_office(tmp_path / "office", imap=Server(port=1, username="us", password="x"), smtp=Server(port=1))
    return lambda *words: give(config, "criteria", *map(str, words))


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(WORDS + ROW, encoding="utf-8")
    return path


def _line(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1) if text in line)


def test_the_packaged_file_is_sound(criteria: Criteria) -> None:
    ended = criteria("check", PACKAGED)
    assert ended.status == 0, ended.err
    assert ended.err == ""
    assert "all behave" in ended.out.splitlines()[-1]
    assert "phrases are read by no example; --phrases names them" in ended.out


def test_the_offices_own_file_is_checked_unless_one_is_named(criteria: Criteria, tmp_path: Path) -> None:
    ended = criteria("check")
    assert ended.status == 0
    assert str(PACKAGED) in ended.out or str(tmp_path / "office") in ended.out


def test_examples_that_fail_are_named_by_file_line_and_what_was_read(criteria: Criteria, faulty: Path) -> None:
    ended = criteria("check", faulty)
    assert ended.status == 78
    assert ended.err.splitlines() == [
        f"inboxd: {faulty}:{_line(faulty, 'not flooded')}: criterion.1.must_hit_en: example 2: 'The cellar is not "
        "flooded.' must hit UR-17, and does not; hit: nothing; set aside: UR-17 'flooded' (not)",
        f"inboxd: {faulty}:{_line(faulty, 'in a flood')}: criterion.1.must_not_hit_en: example 2: 'The river took the "
        "house in a flood.' must not hit UR-17, and 'flood' does",
    ]
    assert ended.out.splitlines()[-1].endswith("1 criteria, 6 examples tried: 2 of them fail")


def test_remarks_tell_of_few_examples_needless_phrases_and_such_that_never_count(
    criteria: Criteria, faulty: Path
) -> None:
    said = criteria("check", faulty).out
    place = f"remark {faulty}:{_line(faulty, 'phrases_en')}: UR-17: "
    assert place + "'the flood' is not needed: 'flood*' reads all that it reads" in said
    assert place + "'storm surge' is not needed: 'storm surge' always sets it aside" in said
    assert f"remark {faulty}:{_line(faulty, 'must_hit_fr')}: UR-17: UR-17 has 1 example here" in said
    assert "1 phrases are read by no example" in said
    assert place + "no example in the file reads 'storm surge'" in criteria("check", faulty, "--phrases").out


def test_for_programs_everything_is_one_document(criteria: Criteria, faulty: Path) -> None:
    ended = criteria("check", faulty, "--json")
    assert ended.status == 78
    told = json.loads(ended.out)
    lines = [problem["line"] for problem in told["problems"]]
    assert lines == [_line(faulty, "not flooded"), _line(faulty, "in a flood")]
    assert {remark["kind"] for remark in told["remarks"]} == {"few_examples", "unread", "covered", "never_counts"}
    assert (told["criteria"], told["examples"]) == (1, 6)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "UR-17"', 'id = "UR-17"\ncolour = "red"', "colour: is not an option"),
        ("phrases_fr", "phrase_fr", "phrase_fr: is not an option"),
        ('["inondation*"]', '["inond ("]', "needs its end"),
        ('must_hit_fr = ["L\'inondation a tout pris."]', "must_hit_fr = []", "needs at least 1 worked example"),
    ],
)
def test_a_file_that_cannot_be_read_as_criteria_is_named_too(
    criteria: Criteria, faulty: Path, old: str, new: str, says: str
) -> None:
    faulty.write_text(WORDS + ROW.replace(old, new), encoding="utf-8")
    ended = criteria("check", faulty)
    assert ended.status == 78
    assert says in ended.err
    assert ended.err.startswith(f"inboxd: {faulty}:")
    told = criteria("check", faulty, "--json")
    assert told.status == 78
    assert says.rpartition(": ")[2] in str(json.loads(told.out)["problems"])
    assert json.loads(told.out)["version"] is None


def test_an_id_given_twice_is_named(criteria: Criteria, faulty: Path) -> None:
    faulty.write_text(WORDS + ROW + ROW, encoding="utf-8")
    assert "ids are given once" in criteria("check", faulty).err


def test_a_missing_file_is_one_line(criteria: Criteria, tmp_path: Path) -> None:
    ended = criteria("check", tmp_path / "gone.toml")
    assert ended.status == 78
    assert "cannot be read" in one_line(ended)


def test_the_list_has_every_row(criteria: Criteria) -> None:
    rows = document(criteria("list", "--json"))["criteria"]
    assert {"CR-01", "UR-19", "CX-11", "HP-03", "NM-08", "PP-02"} <= {row["id"] for row in rows}
    assert all(row["english"] and row["french"] and row["signals"] and row["examples"] >= 8 for row in rows)
    assert "CR-01" in criteria("list").out


def test_one_row_is_shown_for_people(criteria: Criteria) -> None:
    said = criteria("show", "cr-01").out
    assert said.startswith("CR-01 (critical)\n  A removal from Canada")
    assert "from today to 10 days ahead; later, or without a day, it counts as CX-01" in said
    for line in ("signals", "  dated_fr: expuls*", "set aside", "examples", "  must_hit_fr: Elle sera expulsée jeudi"):
        assert line in said
    assert document(criteria("show", "CX-02", "--json"))["past_counts"] is True
    assert "past events count" in criteria("show", "CX-02").out
    assert "a near day is part of the topic" in criteria("show", "NM-03").out


def test_a_row_that_is_not_there_is_one_line(criteria: Criteria) -> None:
    ended = criteria("show", "XX-99")
    assert ended.status == 1
    assert "inboxd criteria list" in one_line(ended)


def test_a_bar_is_shown_only_where_it_takes_long() -> None:
    assert 0.5 <= command.SLOW_AFTER <= 5

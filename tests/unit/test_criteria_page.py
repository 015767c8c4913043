"""docs/criteria.md keeps its word: its rows, phrases, reasons and readings are tried as the page shows them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from inboxd.triage.criteria import compile_file
from inboxd.triage.examples import Trial, trials
from inboxd.triage.folding import fold
from inboxd.triage.phrases import PhraseBook
from inboxd.triage.rulebook import Criterion, Kind
from inboxd.triage.upkeep import remarks
from tests.unit.enquiries import CRITERIA, asked

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "criteria.md").read_text(encoding="utf-8")
WORDS = (ROOT / "config" / "criteria.toml").read_text(encoding="utf-8").partition("\n[[criterion]]")[0] + "\n"
BLOCKS = re.findall(r"^```toml( wrong)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = [(bool(wrong), block) for wrong, block in BLOCKS if "[[criterion]]" in block]
PHRASES = re.findall(
    r"^\| `([^`]+)` \| ([^|`]+) \| ([^|`]+) \|$",
    PAGE.partition("## Phrases")[2].partition("## ")[0].replace(r"\|", "\x01"), re.MULTILINE,
)


def _tried(tmp_path: Path, rows: str) -> list[Trial]:
    path = tmp_path / "criteria.toml"
    path.write_text(WORDS + rows, encoding="utf-8")
    criteria, _ = compile_file(path)
    assert [remark.kind for remark in remarks(criteria) if remark.kind in ("covered", "never_counts")] == []
    return list(trials(criteria))


def test_the_page_shows_rows_that_work_and_rows_that_fail() -> None:
    assert [wrong for wrong, _ in ROWS] == [True, False, True]


@pytest.mark.parametrize(("wrong", "block"), ROWS)
def test_a_row_on_the_page_does_what_the_page_says(tmp_path: Path, wrong: bool, block: str) -> None:
    failing = [trial for trial in _tried(tmp_path, block) if not trial.behaves]
    assert bool(failing) is wrong, [trial.told() for trial in failing]


def test_the_failure_on_the_page_is_the_one_that_comes_and_the_mending_mends_it(tmp_path: Path) -> None:
    row = ROWS[0][1]
    (failing,) = [trial for trial in _tried(tmp_path, row) if not trial.behaves]
    assert failing.told() in PAGE.replace("\n    ", " ")
    mending = next(block for wrong, block in BLOCKS if not wrong and "[[criterion]]" not in block)
    (key,) = tomllib.loads(mending)
    mended = re.sub(rf"^{key} = .*\n", lambda _: mending, row, flags=re.MULTILINE)
    assert mended != row
    assert all(trial.behaves for trial in _tried(tmp_path, mended))


@pytest.mark.parametrize(("phrase", "reads", "reads_not"), PHRASES)
def test_a_phrase_on_the_page_reads_what_the_page_says(phrase: str, reads: str, reads_not: str) -> None:
    book = PhraseBook([phrase.replace("\x01", "|")])
    assert [text for text in reads.split("; ") if not list(book.find(fold(text)))] == []
    assert [text for text in reads_not.split("; ") if list(book.find(fold(text)))] == []


def test_every_form_of_a_phrase_is_on_the_page() -> None:
    shown = " ".join(phrase for phrase, _, _ in PHRASES)
    assert all(form in shown for form in ("*", "\x01", "[", "...", "...9", "#"))


def test_every_key_and_category_is_on_the_page() -> None:
    keys = {re.sub("_(en|fr)$", "_", name) for name in Criterion.model_fields}
    table = PAGE.partition("## Keys of a row")[2].partition("```")[0]
    named = {name for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert {re.sub("_(en|fr)$", "_", name) for name in named} | {"must_hit_", "must_not_hit_"} == keys
    assert all(f"`{kind}`" in table for kind in Kind)


def test_the_reading_on_the_page_is_what_is_read() -> None:
    text = re.search(r"^> (CBSA has booked .*)$", PAGE, re.MULTILINE)
    shown = re.search(r"^```\n(hit .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert text
    assert shown
    reading = asked(text[1])
    hits = [f'hit {hit.criterion} ({hit.category}): "{hit.words}" in {hit.where}' for hit in reading.hits]
    aside = [f'set aside {note.criterion}: "{note.words}" ({note.because})' for note in reading.excluded]
    assert shown[1].splitlines() == hits + aside


REASONS = {
    "other meaning": "She is dying to see her niece.", "name": "Dr. Suicide asks for news.",
    "not": "He is not on life support.", "if": "What happens if he were deported?",
    "cancelled": "Her removal was cancelled.", "past": "She was in intensive care in 2019.",
    "later": "His removal is set for 18 March 2027.", "no date": "A removal order was made.",
    "explanation asked": "Her father died on Saturday. Please explain the policy.",
    "nothing presses": "His mother has cancer; no trip is planned. How long does a card take?",
    "only status asked": "He was convicted in 2015. What stage is his file at?",
    "alone": "They speak of a ransom.",
}  # fmt: skip


def test_every_reason_on_the_page_is_given_and_told_right() -> None:
    rows = re.findall(r"^\|([^|]+)\|", PAGE.partition("| because |")[2].partition("\n\n")[0], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w ]+)`", row)}
    assert named == set(REASONS)
    for because, text in REASONS.items():
        assert because in {note.because for note in asked(text).excluded}, text


def test_commands_and_criteria_on_the_page_are_there() -> None:
    from inboxd.cli.criteria import criteria

    assert set(re.findall(r"inboxd criteria (\w+)", PAGE)) <= set(criteria.commands)
    named = set(re.findall(r"\b(?:CR|UR|CX|NM|PP|HP)-\d\d\b", PAGE))
    assert named - set(CRITERIA.by_id) == {"UR-20", "UR-21", "UR-22", "CR-20"}

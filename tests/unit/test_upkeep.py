"""Remarks on a criteria file: what a phrase reads is known from its samples, and no remark leads astray."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inboxd.triage.criteria import compile_file
from inboxd.triage.folding import fold
from inboxd.triage.phrases import PhraseBook
from inboxd.triage.upkeep import LISTS, Remark, remarks, samples
from tests.unit.enquiries import CRITERIA
from tests.unit.test_criteria import SOUND, WORDS

PHRASES = sorted(
    {phrase for row in CRITERIA.rows for role in LISTS for lang in ("en", "fr")
     for phrase in getattr(row, f"{role}_{lang}")}
)  # fmt: skip


def test_every_sample_of_every_packaged_phrase_is_read_by_it() -> None:
    for phrase in PHRASES:
        book = PhraseBook([phrase])
        assert [text for text in samples(phrase) if not list(book.find(fold(text)))] == [], phrase


@pytest.mark.parametrize(
    ("phrase", "made"),
    [
        ("removal order", ["removal order"]),
        ("deport*", ["deport", "deportzq"]),
        ("(date|day) of", ["date of", "day of"]),
        ("removal [order] date", ["removal date", "removal order date"]),
        ("flight ...2 soon", ["flight soon", "flight zq zq soon"]),
        ("# days", ["7 days", "19 days"]),
    ],
)
def test_samples_show_every_choice(phrase: str, made: list[str]) -> None:
    assert samples(phrase) == made


def test_a_phrase_of_very_many_readings_has_bounded_samples() -> None:
    wide = " ".join(["(a1|b1|c1|d1|e1|f1)"] * 9)
    assert len(samples(wide)) < 100
    assert all(list(PhraseBook([wide]).find(fold(text))) for text in samples(wide))


def _remarks(tmp_path: Path, old: str = "", new: str = "") -> list[Remark]:
    path = tmp_path / "criteria.toml"
    path.write_text(WORDS + SOUND.replace(old, new), encoding="utf-8")
    return [remark for remark in remarks(compile_file(path)[0]) if remark.kind != "few_examples"]


def test_a_sound_row_of_one_phrase_has_no_remark(tmp_path: Path) -> None:
    assert _remarks(tmp_path) == []


@pytest.mark.parametrize(
    ("phrases", "kind", "needless"),
    [
        ('"flood*", "flooded"', "covered", "flooded"),
        ('"flood*", "flood*"', "covered", "flood*"),
        ('"flood*", "(flood|floods) [water]"', "covered", "(flood|floods) [water]"),
        ('"flood*", "emergency contact"', "never_counts", "emergency contact"),
    ],
)
def test_a_needless_phrase_is_told_of(tmp_path: Path, phrases: str, kind: str, needless: str) -> None:
    said = _remarks(tmp_path, '"flood*"', phrases)
    found = {(remark.kind, remark.message.split("' ")[0].strip("'")) for remark in said}
    assert (kind, needless) in found


@pytest.mark.parametrize("phrases", ['"flood*", "river"', '"flood*", "(flood|river) water"', '"flood*", "not flooded"'])
def test_a_phrase_that_reads_more_is_needed(tmp_path: Path, phrases: str) -> None:
    """Also one that itself says "not": the shorter one is negated there and does not hit."""
    kinds = {remark.kind for remark in _remarks(tmp_path, '"flood*"', phrases)}
    assert kinds <= {"unread"}


def test_of_two_phrases_that_read_the_same_one_is_told_of(tmp_path: Path) -> None:
    found = [remark for remark in _remarks(tmp_path, '"flood*"', '"(flood*)", "flood*"') if remark.kind == "covered"]
    assert len(found) == 1


def test_remarks_do_not_depend_on_the_order_of_rows() -> None:
    turned = replace(CRITERIA, rows=CRITERIA.rows[::-1])
    assert {(remark.kind, remark.criterion, remark.message) for remark in remarks(turned)} == {
        (remark.kind, remark.criterion, remark.message) for remark in remarks(CRITERIA)
    }

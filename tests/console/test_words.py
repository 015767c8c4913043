"""The words of the desk: the same in both languages, none missing, none too many."""

from __future__ import annotations

import re
from pathlib import Path

from inboxd.console import wording
from inboxd.console.arriving import PROBLEMS

CONSOLE = Path(wording.__file__).parent
BY_CODE = ("state.", "done.", "error.", "act.", "nav.", "part.", "role.", "account.", "effect.", "incident.",
           "version.", "stopped.", "kind.", "not_in.")
BY_LANGUAGE = {"texts.en", "texts.fr"}
"""Sections whose keys are put together from a code."""


def test_both_languages_say_the_same_things() -> None:
    english, french = (wording.read_words(language) for language in wording.LANGUAGES)
    assert list(english) == list(french)
    for key, text in english.items():
        assert text.strip()
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", french[key])), key
    same = {key for key, text in english.items() if text == french[key]}
    assert len(same) < len(english) / 8, same


def test_every_word_that_a_page_says_is_there_and_none_is_left_over() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*CONSOLE.glob("*.py"), *(CONSOLE / "pages").iterdir())]
    used = {key for text in texts for key in re.findall(r"\"([a-z_]+\.[a-z_]+)\"", text)}
    known = set(wording.read_words("en"))
    sections = {key.partition(".")[0] for key in known}
    assert {key for key in used if key.partition(".")[0] in sections} - known == set()
    assert {key for key in known - used - BY_LANGUAGE if not key.startswith(BY_CODE)} == set()


def test_whoever_is_not_let_in_is_told_why() -> None:
    told = {key.removeprefix("not_in.") for key in wording.read_words("fr") if key.startswith("not_in.")}
    assert told == PROBLEMS | {"wrong", "no_local"}


def test_french_has_its_spaces_and_apostrophes() -> None:
    texts = wording.read_words("fr").values()
    assert [text for text in texts if "'" in text or re.search(r" [:;?!]", text)] == []

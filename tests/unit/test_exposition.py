"""Figures in Prometheus' text format: what its documentation demands, whatever the labels hold."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.exposition import Gauge, Sample, text

LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
LINE = re.compile(rf"([a-zA-Z_][a-zA-Z0-9_]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.e+-]+)")


def parsed(page: str) -> list[tuple[str, dict[str, str], float]]:
    """A reader as strict as the format: HELP, TYPE, then the figures of that name and of no other."""
    found, name, seen = [], "", set()
    assert page == "" or page.endswith("\n")
    for line in page.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in seen, "one name stands in one place"
            seen.add(name)
        elif line.startswith("#"):
            assert line == f"# TYPE {name} gauge"
        else:
            match = LINE.fullmatch(line)
            assert match, line
            assert match[1] == name
            pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or "")
            plain = {key: re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value) for key, value in pairs}
            found.append((name, plain, float(match[3])))
    return found


def gauge(name: str, *samples: Sample, told: str = "Something.") -> Gauge:
    return Gauge(name=name, told=told, samples=samples)


def test_a_page() -> None:
    held, done = Sample(labels={"state": "held"}, value=3), Sample(labels={"state": "done"}, value=2.5)
    page = text([gauge("mails", held, done)])
    assert page == (
        '# HELP mails Something.\n# TYPE mails gauge\nmails{state="held"} 3\nmails{state="done"} 2.5\n'
    )


def test_figures_of_several_mailboxes_stand_together() -> None:
    one, other = Sample(labels={"channel": "cmds"}, value=1), Sample(labels={"channel": "mil"}, value=2)
    page = text([gauge("a", one), gauge("b", one), gauge("a", other), gauge("b", other)])
    assert [(name, labels["channel"]) for name, labels, _ in parsed(page)] == [
        ("a", "cmds"), ("a", "mil"), ("b", "cmds"), ("b", "mil")]


def test_what_has_no_figure_is_not_there() -> None:
    assert text([gauge("nothing")]) == ""


@pytest.mark.parametrize("bad", [
    gauge("two words", Sample(value=1)), gauge("", Sample(value=1)),
    gauge("a", Sample(labels={"not-one": ""}, value=1)),
    gauge("a", Sample(value=math.nan)), gauge("a", Sample(value=math.inf)),
])  # fmt: skip
def test_what_the_format_cannot_say_is_refused(bad: Gauge) -> None:
    with pytest.raises(ValueError, match=r"name|number"):
        text([bad])


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(), max_size=4),
       st.floats(allow_nan=False, allow_infinity=False), st.text())
def test_whatever_the_labels_hold_the_page_is_read_as_it_was_meant(
    labels: dict[str, str], value: float, told: str
) -> None:
    page = text([gauge("figure", Sample(labels=labels, value=value), told=told.replace("\r", ""))])
    assert parsed(page) == [("figure", labels, value)]

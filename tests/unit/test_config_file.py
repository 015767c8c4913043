"""TOML files that people write: every problem at once, each with the line that the person must look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.config_file import Section, gather, line_index, line_of, load, read_toml
from inboxd.errors import BadConfig, Problem


class Inner(Section):
    """A table."""

    size: int
    names: tuple[str, ...] = ()


class File(Section):
    """A file."""

    title: str
    inner: Inner
    row: tuple[Inner, ...] = ()


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig) as refused:
        load(path, File)
    return [str(problem).removeprefix(f"{path}") for problem in refused.value.problems]


def test_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('title = "é"\n[inner]\nsize = 3\n[[row]]\nsize = 1\n', encoding="utf-8")
    assert load(path, File) == File(title="é", inner=Inner(size=3), row=(Inner(size=1),))


def test_every_problem_has_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, """\
title = 7
[inner]
size = "many"
names = "one"
colour = "red"
[[row]]
size = 1
[[row]]
names = [
  "a",
  5,
]
""")
    assert [line.partition(" ")[0] for line in found] == [
        ":1:", ":3:", ":4:", ":5:", ":8:", ":11:",
    ]
    assert "inner.colour: is not an option" in found[3]
    assert "row.2.size: is missing" in found[4]


def test_a_line_is_found_through_strings_that_look_like_tables() -> None:
    index = line_index('a = """\n[b]\nc = 1\n"""\n[b]\nc = "[x" # [y\nd = { e = 1, f = [1,\n2] }\ng = 1\n')
    assert index == {("a",): 1, ("b",): 5, ("b", "c"): 6, ("b", "d"): 7, ("b", "g"): 9}
    assert line_of(index, ("b", "d", "e")) == 7
    assert line_of(index, ("z",)) == 0


def test_each_item_of_a_list_has_its_line() -> None:
    index = line_index('[a]\nx = [\n "p, [", # hi, [\n  5, "q",\n]\ny = ["r", """\n, s\n""", "t"]\nz = [\n]\n')
    assert [index["a", "x", item] for item in range(3)] == [3, 4, 4]
    assert [index["a", "y", item] for item in range(3)] == [6, 6, 8]
    assert index["a", "z"] == 9
    assert line_of(index, ("a", "z", 0)) == 9


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = \n", "is not TOML"), (b"a = 1\na = 2\n", "is not TOML"), (b"\xff\xfe", "is not UTF-8 (byte 0)"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_toml_at_all(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadConfig) as refused:
        read_toml(path)
    assert words in str(refused.value)


@given(st.text())
def test_the_index_of_any_text_does_not_fail(text: str) -> None:
    assert all(number >= 1 for number in line_index(text).values())


def test_problems_of_several_checks_are_told_together() -> None:
    one = Problem(file=Path("a"), line=1, key="", message="x")
    two = Problem(file=Path("a"), line=2, key="", message="y")
    gather([], [])
    with pytest.raises(BadConfig) as refused:
        gather([two], [], [one])
    assert refused.value.problems == (one, two)

"""Transactions of inboxd that no storm comes to, for docs/trust.md: found in the code, sorted by words. Pure."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from typing import Any

from tests.office import PROJECT

NOT_SORTED = "Nobody has said yet why, and what tests them instead."


@functools.cache
def openers() -> frozenset[str]:
    """Every function of inboxd that opens a transaction, as steps name it."""
    package, found = PROJECT / "inboxd", set[str]()
    for path in package.rglob("*.py"):
        module = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        found.update(f"{module}.{name}" for name in _opening(ast.parse(path.read_text(encoding="utf-8")), ""))
    return frozenset(found)


def _opening(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        name = child.name if isinstance(child, ast.FunctionDef) else within
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "transaction":
            yield name
        yield from _opening(child, name)


def lines(steps: Iterable[str], sorts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One item for each sort with who is of it; `steps` are those that storms came to."""
    left = set(openers()) - {step.partition(" of ")[2] for step in steps}
    for sort in sorts:
        mine = sorted(name for name in left if any(fnmatch(name, pattern) for pattern in sort["names"]))
        left -= set(mine)
        if mine:
            tests = ", ".join(f"`{test}`" for test in sort["tests"])
            yield f"- {sort['text']} Tests: {tests}.  \n  {', '.join(f'`{name}`' for name in mine)}"
    if left:
        yield f"- {NOT_SORTED}  \n  {', '.join(f'`{name}`' for name in sorted(left))}"

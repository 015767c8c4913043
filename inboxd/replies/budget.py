"""How much one notice may do: a template that loops over loops, or doubles a text, is stopped, and its author told.

Counted, not timed, so that the same values always end the same way, on a busy machine too: every round of a loop, every
part that is included, every character that is written and everything that a filter goes through costs. Spent once,
it raises `TemplateRuntimeError`, which the check names with file and line; in the daemon the mail in hand is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context

MOST = 1_000_000
"""A thousand files in one notice cost half of it; a quarter of a second at most."""
ROUND = 40
"""What a round of a loop costs beside what it writes."""
SPEND = "spend a round"
"""The name of a filter that no template can write: it has blanks in it."""
LONGEST_FILE = 64 * 1024

_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def budget() -> Iterator[None]:
    """For one notice, from compiling to the last line."""
    before = _left.set([MOST])
    try:
        yield
    finally:
        _left.reset(before)


def spend(cost: int) -> None:
    """Take so much of what is left. Raises `TemplateRuntimeError` where that is too much."""
    left = _left.get()
    if left is None:
        left = [MOST]  # outside of a notice, such as where Jinja2 works out what is fixed: this step alone
    left[0] -= cost
    if left[0] < 0:
        raise TemplateRuntimeError("goes on for too long: is there a loop in a loop, or a text that doubles?")


@pass_context
def pay(_: Context, cost: int) -> str:
    """The filter behind `SPEND`. It takes the context, so that Jinja2 does not work it out once and for all."""
    spend(cost)
    return ""


def charged(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The same filters, for what they go through; `join` also for what it writes."""
    return {name: _charged(name, function) for name, function in filters.items()}


def _charged(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    place = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def paid(*given: Any, **named: Any) -> Any:
        value = given[place]
        if name == "join":
            value = list(value)
            mark = given[place + 1] if len(given) > place + 1 else named.get("d", "")
            spend(sum(len(str(item)) + len(str(mark)) for item in value))
            given = (*given[:place], value, *given[place + 1 :])
        spend(len(value) if hasattr(value, "__len__") else 1)
        return function(*given, **named)

    return paid


def spending(tree: nodes.Template) -> nodes.Template:
    """The same template, that pays when it begins and at each round of its loops."""
    for loop in [*tree.find_all(nodes.For)]:
        loop.body.insert(0, _payment(loop.body, loop.lineno))
    tree.body.insert(0, _payment(tree.body, 1))
    return tree


def _payment(body: list[nodes.Node], line: int) -> nodes.ExprStmt:
    written = sum(len(data.data) for node in body for data in _texts(node))
    cost = nodes.Const(ROUND + written, lineno=line)
    return nodes.ExprStmt(nodes.Filter(cost, SPEND, [], [], None, None, lineno=line), lineno=line)


def _texts(node: nodes.Node) -> Iterator[nodes.TemplateData]:
    """What a node writes by itself, outside of the loops in it."""
    if isinstance(node, nodes.TemplateData):
        yield node
    for child in node.iter_child_nodes():
        if not isinstance(node, nodes.For) or child not in node.body:
            yield from _texts(child)

"""Jinja2, fenced in: one environment for each language, that knows only our filters and calls nothing.

Templates are written by people who may not change code, so a template can place values, test them and loop over them,
and no more: no calls, no imports, no multiplication, a short list of filters. Anything else is a Jinja2 error, which
`failure_at` turns into a file and a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, Environment, StrictUndefined, Undefined, nodes
from jinja2.exceptions import (
    SecurityError,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
)
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inboxd.mail import Language
from inboxd.replies import budget, wording
from inboxd.replies.vocabulary import Words, lookup

JINJA_FILTERS = ("capitalize", "first", "join", "last", "length", "list", "lower", "rejectattr", "selectattr", "sort",
                 "trim", "unique", "upper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text of one template file, as read when the templates were loaded."""

    path: Path
    text: str


class Sources(BaseLoader):
    """Hands Jinja2 the texts that were read at loading; a file edited since then changes nothing."""

    def __init__(self, files: Mapping[str, Source]) -> None:
        self.files = files

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        try:
            source = self.files[template]
        except KeyError:
            raise TemplateNotFound(template) from None
        return source.text, str(source.path), lambda: True


class Fenced(ImmutableSandboxedEnvironment):
    """A sandbox in which nothing can be called, and no text multiplied."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "**", "%"))

    def is_safe_callable(self, obj: Any) -> bool:
        """Nothing is."""
        return False

    def _generate(self, source: nodes.Template, *given: Any, **named: Any) -> str:
        """Jinja2's step from the tree to code: what the template does is counted from here on."""
        return super()._generate(budget.spending(source), *given, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse: a template has nothing to calculate."""
        raise SecurityError(f"the operator {operator} is not for templates")


class FrenchSpaces(Extension):
    """Makes the spaces of French punctuation non-breaking in what the author wrote; values stay as they are."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Called by Jinja2 between lexer and parser."""
        for token in stream:
            yield Token(token.lineno, token.type, wording.french(token.value)) if token.type == "data" else token


def _shown(value: object) -> str:
    """What `{{ value }}` puts into the text. A value must not bring lines of its own."""
    if isinstance(value, Undefined):
        return str(value)  # StrictUndefined raises here, with the name
    if isinstance(value, datetime):
        raise TemplateRuntimeError("a time is shown with `| when` or `| day`")
    if not isinstance(value, str | int):
        raise TemplateRuntimeError("a list is shown with `{% for %}` or `| join(\", \")`")
    shown = wording.one_line(str(value))
    budget.spend(len(shown))
    return shown


def environment(language: Language, files: Mapping[str, Source], words: Words, zone: ZoneInfo,
                shared: Mapping[str, object]) -> Environment:
    """The environment for one language. `shared`: the values that every template may use."""
    made = Fenced(loader=Sources(files), undefined=StrictUndefined, autoescape=False, trim_blocks=True,
                  lstrip_blocks=True, keep_trailing_newline=True, finalize=_shown, auto_reload=False, cache_size=-1,
                  extensions=[FrenchSpaces] if language is Language.FR else [])
    made.globals.clear()
    made.globals.update(shared)
    made.filters = budget.charged({name: made.filters[name] for name in JINJA_FILTERS})
    made.filters[budget.SPEND] = budget.pay
    names = words.names
    made.filters.update({
        "when": partial(wording.when, language=language, zone=zone),
        "day": partial(wording.day, language=language, zone=zone),
        "short": partial(wording.short, language=language, zone=zone),
        "column": wording.column,
        "decimal": partial(wording.decimal, language=language),
        "file_size": partial(wording.file_size, language=language),
        "reason": lookup({code: entry["reason"] for code, entry in words.reasons.items()}, "reasons"),
        "fix": lookup({code: entry["fix"] for code, entry in words.reasons.items()}, "reasons"),
        "category_name": lookup(names["categories"], "categories"),
        "field_name": lookup(names["fields"], "fields"),
        "hint_text": lookup(names["hints"], "hints"),
        "looks_like_name": lookup(names["looks_like"], "kinds of number"),
        "step_name": lookup(names["steps"], "steps"),
        "holder_name": lookup(names["holders"], "holders"),
        "held_help": lookup(names["held_help"], "reasons to hold"),
        "lateness": lookup(names["lateness"], "reasons for being late"),
        "duration": partial(wording.duration, language=language),
        "stamp": partial(wording.stamp, language=language, zone=zone),
        "alert_level": lookup(names["alert_levels"], "alerts"),
        "alert_title": lookup(names["alert_titles"], "alerts"),
        "alert_action": lookup(names["alert_actions"], "alerts"),
        "incident_title": lookup(names["incident_titles"], "incidents"),
        "incident_meaning": lookup(names["incident_meanings"], "incidents"),
        "incident_action": lookup(names["incident_actions"], "incidents"),
        "incident_subject": lookup(names["incident_subjects"], "subjects of incidents"),
    })
    return made


def failure_at(error: BaseException, files: Mapping[str, Source], otherwise: Path) -> tuple[Path, int, str]:
    """File, line and sentence for an error that Jinja2, or a filter inside a template, raised.

    The sentence never holds a value: errors of other kinds than Jinja2's and our filters' give only their name.
    """
    if isinstance(error, TemplateSyntaxError):
        return Path(error.filename or otherwise), error.lineno, error.message or "is not a template"
    paths = {str(source.path): source.path for source in files.values()}
    place, line = otherwise, 0
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in paths:
            place, line = paths[step.tb_frame.f_code.co_filename], step.tb_lineno
        step = step.tb_next
    if isinstance(error, SecurityError):
        return place, line, "a template cannot call functions or calculate"
    if isinstance(error, TemplateNotFound):
        return place, line, "includes a part that does not exist"
    if isinstance(error, TemplateError | ValueError):
        return place, line, str(error)
    return place, line, f"cannot be rendered ({type(error).__name__})"

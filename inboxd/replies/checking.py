"""What a set of templates must pass before it is taken into use (domain.md 7.2, last line).

Each file parses; each name, filter and part in it exists; each notice has its twin and both use the same values and as
many links; the first line is a subject; the layout is that of plain text (`layout.py`); and every notice is rendered in
both languages with every variant of sample values. Gives every problem found, with file and line; raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from inboxd.errors import Problem
from inboxd.mail import Language
from inboxd.replies.budget import SPEND, budget
from inboxd.replies.catalogue import NOTICES
from inboxd.replies.collection import ENDING, LANGUAGES, Collection
from inboxd.replies.layout import flaws_in_file, flaws_in_text, links_in
from inboxd.replies.sandbox import Source, failure_at
from inboxd.replies.text import SUBJECT_PREFIX, write

_REFUSED = (nodes.Call, nodes.CallBlock, nodes.Macro, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block,
            nodes.ScopedEvalContextModifier, nodes.Concat)
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']+)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One parsed file."""

    source: Source
    tree: nodes.Template
    names: frozenset[str]
    """Values that it needs from outside."""
    sets: frozenset[str]
    """Names that it sets itself, which its parts may use."""
    parts: tuple[str, ...]


def _line_of_name(tree: nodes.Template, name: str) -> int:
    loads = (node.lineno for node in tree.find_all(nodes.Name) if node.name == name and node.ctx == "load")
    return min(loads, default=0)


def _syntax(source: Source, error: TemplateSyntaxError) -> Problem:
    return Problem(file=source.path, line=error.lineno, key="", message=error.message or "is not a template")


def _refused(env: Environment, source: Source, tree: nodes.Template) -> Iterator[Problem]:
    """Filters and tests that do not exist, and what a template must not do."""
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name not in env.filters:
            message = f"is not a filter; there are {', '.join(sorted(env.filters.keys() - {SPEND}))}"
            yield Problem(file=source.path, line=filtered.lineno, key=filtered.name, message=message)
    for tested in tree.find_all(nodes.Test):
        if tested.name not in env.tests:
            yield Problem(file=source.path, line=tested.lineno, key=tested.name, message="is not a test here")
    for called in tree.find_all(_REFUSED):
        message = "calls, macros, imports, blocks, autoescape and ~ are not for templates; use include and filters"
        yield Problem(file=source.path, line=called.lineno, key="", message=message)
    named = [(reached.lineno, reached.attr) for reached in tree.find_all(nodes.Getattr)]
    for line, name in (*named, *((reached.lineno, _fixed(reached.arg)) for reached in tree.find_all(nodes.Getitem))):
        if name.startswith("_"):
            message = "is not for templates: what begins with _ is Python's own; a row has what its notice says"
            yield Problem(file=source.path, line=line, key=name, message=message)
    for literal in tree.find_all((nodes.List, nodes.Tuple, nodes.Dict)):
        if any(name.ctx == "load" for name in literal.find_all(nodes.Name)):
            message = "a list that is written out holds only fixed texts and numbers"
            yield Problem(file=source.path, line=literal.lineno, key="", message=message)


def _fixed(index: nodes.Node) -> str:
    """An index that is written out as text; empty for any other."""
    return index.value if isinstance(index, nodes.Const) and isinstance(index.value, str) else ""


def _parse(env: Environment, source: Source, known: Mapping[str, Source]) -> tuple[Parsed | None, list[Problem]]:
    """Parse one file; name unknown filters, tests and parts at their lines."""
    try:
        tree = env.parse(source.text, filename=str(source.path))
    except TemplateSyntaxError as error:
        return None, [_syntax(source, error)]
    except RecursionError:
        return None, [Problem(file=source.path, line=0, key="", message="is nested too deep")]
    found = [*_refused(env, source, tree)]
    parts: list[str] = []
    for included in tree.find_all(nodes.Include):
        name = included.template.value if isinstance(included.template, nodes.Const) else None
        if not isinstance(name, str) or not name.startswith("_"):
            message = 'include a part by its literal name, such as {% include "_signature.txt.j2" %}'
            found.append(Problem(file=source.path, line=included.lineno, key="", message=message))
        elif name not in known:
            message = "is not a part; parts are files in the same folder whose names begin with _"
            found.append(Problem(file=source.path, line=included.lineno, key=name, message=message))
        else:
            parts.append(name)
    if found:
        return None, found
    stored = frozenset(node.name for node in tree.find_all(nodes.Name) if node.ctx == "store")
    try:
        with budget():  # what is fixed is worked out here already
            undeclared = frozenset(meta.find_undeclared_variables(tree))
    except TemplateSyntaxError as error:  # what only shows when code is made, such as setting `loop`
        return None, [_syntax(source, error)]
    loaded = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    shared = loaded & env.globals.keys()  # Jinja2 counts only what is not global as undeclared
    return Parsed(source=source, tree=tree, names=undeclared | shared, sets=stored, parts=tuple(parts)), []


def closure(parsed: Mapping[str, Parsed], name: str) -> frozenset[str]:
    """The file and all the parts it includes, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in reached and current in parsed:
            reached.add(current)
            waiting += parsed[current].parts
    return frozenset(reached)


def _circles(parsed: Mapping[str, Parsed]) -> Iterator[Problem]:
    for name, file in parsed.items():
        if any(name in closure(parsed, part) for part in file.parts):
            message = "includes itself, directly or through a part"
            yield Problem(file=file.source.path, line=0, key=name, message=message)


def _names(parsed: Mapping[str, Parsed], notice: str, shared: frozenset[str]) -> tuple[frozenset[str], list[Problem]]:
    """The values that a notice uses, parts included, and a problem at each line that uses an unknown one."""
    known = frozenset(NOTICES[notice].sample) | shared
    files = closure(parsed, notice + ENDING)
    local = frozenset().union(*(parsed[file].sets for file in files))
    found: list[Problem] = []
    for file in sorted(files):
        allowed = known | (local if file.startswith("_") else frozenset())
        for name in sorted(parsed[file].names - allowed):
            message = f"is not a value of the notice {notice}; it has {', '.join(sorted(NOTICES[notice].sample))}"
            line = _line_of_name(parsed[file].tree, name)
            found.append(Problem(file=parsed[file].source.path, line=line, key=name, message=message))
    used = frozenset().union(*(parsed[file].names for file in files)) & known
    return used, found


def _first_lines(source: Source, language: Language) -> Iterator[Problem]:
    lines = [*source.text.split("\n"), ""]
    prefix = SUBJECT_PREFIX[language]
    if not lines[0].startswith(prefix) or not lines[0][len(prefix):].strip():
        yield Problem(file=source.path, line=1, key="", message=f'the first line must be the subject, after "{prefix}"')
    elif lines[1].strip():
        yield Problem(file=source.path, line=2, key="", message="an empty line must stand between subject and text")


def _pair(notice: str, used: Mapping[Language, frozenset[str]], files: Mapping[Language, Mapping[str, Parsed]],
          ) -> Iterator[Problem]:
    english, french = (files[language][notice + ENDING].source.path for language in LANGUAGES)
    if english.parent.parent != french.parent.parent:
        return  # one of the office's own files has no twin, or could not be read: named already
    for language, other in ((Language.EN, Language.FR), (Language.FR, Language.EN)):
        for name in sorted(used[language] - used[other]):
            file = files[other][notice + ENDING].source.path
            message = f"is used in {language}/{notice}{ENDING} and not here; both languages must say the same"
            yield Problem(file=file, line=0, key=name, message=message)
    links = {language: len(links_in(files[language][notice + ENDING].source.text)) for language in LANGUAGES}
    if links[Language.EN] != links[Language.FR]:
        message = f"has {links[Language.FR]} links, and the English text {links[Language.EN]}; both must lead on alike"
        yield Problem(file=french, line=0, key="", message=message)


def _renders(notice: str, language: Language, env: Environment, collection: Collection) -> Iterator[Problem]:
    files = collection.files[language]
    path = files[notice + ENDING].path
    for values in NOTICES[notice].every_case():
        try:
            text = write(env, language, notice, values)
        except Exception as error:  # a template can raise anything; whatever it is, its author must hear of it
            place, line, sentence = failure_at(error, files, path)
            yield Problem(file=place, line=line, key="", message=sentence)
        else:
            for line, sentence in flaws_in_text(text, values):
                yield Problem(file=path, line=line, key="", message=sentence)


def check(collection: Collection, environments: Mapping[Language, Environment],
          notices: frozenset[str]) -> tuple[Problem, ...]:
    """Everything wrong with the templates, each problem once, in order of file and line.

    `notices`: those to render; the others are known to be sound.
    """
    found: set[Problem] = set()
    files: dict[Language, dict[str, Parsed]] = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        for name, source in collection.files[language].items():
            if name.endswith(ENDING):
                parsed, problems = _parse(environments[language], source, collection.files[language])
                found.update(problems)
                if parsed is not None:
                    found.update(Problem(file=source.path, line=line, key="", message=sentence)
                                 for line, sentence in flaws_in_file(source.text))
                    files[language][name] = parsed
                if not name.startswith("_"):
                    found.update(_first_lines(source, language))
        found.update(_circles(files[language]))
    for notice in (name for name in NOTICES if name in notices):
        used: dict[Language, frozenset[str]] = {}
        for language in LANGUAGES:
            wanted = includes(collection, language, notice)
            if any(name not in files[language] for name in wanted):
                continue  # its own problem is named above
            used[language], problems = _names(files[language], notice, frozenset(environments[language].globals))
            found.update(problems)
            if not problems and not any(problem.key in wanted for problem in _circles(files[language])):
                found.update(_renders(notice, language, environments[language], collection))
        if len(used) == len(LANGUAGES):
            found.update(_pair(notice, used, files))
    return tuple(sorted(found))


def includes(collection: Collection, language: Language, notice: str) -> frozenset[str]:
    """The file names of a notice and of what it includes, read from the text, parsed or not."""
    reached: set[str] = set()
    waiting = [notice + ENDING]
    while waiting:
        name = waiting.pop()
        if name in collection.files[language] and name not in reached:
            reached.add(name)
            waiting += _INCLUDE.findall(collection.files[language][name].text)
    return frozenset(reached)

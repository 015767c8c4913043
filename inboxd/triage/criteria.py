"""Reading `criteria.toml`: one file in, `Criteria` out, or every problem at once by file, line and key.

Wrong keys, phrases that cannot be read, missing languages, ids given twice, rows that refer to nothing, and worked
examples that do not behave are all fatal (`BadConfig`): a criterion that does not do what its examples say must never
judge a mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inboxd.config_file import Location, gather, line_of, problems_of, read_toml
from inboxd.errors import BadConfig, Problem
from inboxd.triage.examples import EXAMPLES_RECEIVED, Trial, trials
from inboxd.triage.rulebook import CATEGORY, Criteria, CriteriaFile, Criterion, compile_criteria
from inboxd.tried import AFRESH, Tried

__all__ = ["EXAMPLES_RECEIVED", "Criteria", "Criterion", "compile_file", "problems_of_trials", "read_criteria"]

CRITICAL_EXAMPLES = 2
"""A critical row shows at least so many examples each way in each language; every other row at least one."""
Index = dict[Location, int]


def read_criteria(path: Path, *, tried: Tried = AFRESH) -> Criteria:
    """Read, check and compile the criteria, and try every example. Raises `BadConfig` with every problem found."""
    criteria, index = compile_file(path)
    key = tried.key("criteria", path.read_text(encoding="utf-8"))
    if not tried.has(key):
        gather(list(problems_of_trials(trials(criteria), path, index)))
        tried.add(key)
    return criteria


def compile_file(path: Path) -> tuple[Criteria, Index]:
    """The criteria with their examples untried, and the line of every key. Raises `BadConfig` with every problem."""
    data, index = read_toml(path)
    repeated = _repeated_ids(path, data, index)
    try:
        file = CriteriaFile.model_validate(data)
    except ValidationError as error:
        raise BadConfig([*problems_of(path, index, error), *repeated]) from error
    gather(repeated, _incomplete(path, file, index))
    return compile_criteria(file, hashlib.sha256(path.read_bytes()).hexdigest()[:12]), index


def problems_of_trials(tried: Iterable[Trial], path: Path, index: Index) -> Iterator[Problem]:
    """Those of the trials that did not go as the file says, by the line of the example."""
    for trial in tried:
        if not trial.behaves:
            place = ("criterion", trial.place, trial.key, trial.number - 1)
            key = f"criterion.{trial.place + 1}.{trial.key}"
            yield Problem(file=path, line=line_of(index, place), key=key, message=trial.told())


def _repeated_ids(path: Path, data: dict[str, Any], index: Index) -> list[Problem]:
    rows = data.get("criterion")
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows] if isinstance(rows, list) else []
    found = []
    for place, row_id in enumerate(ids):
        if isinstance(row_id, str) and (first := ids.index(row_id)) < place:
            line = line_of(index, ("criterion", first, "id"))
            message = f"{row_id} is also the id of the row at line {line}; ids are given once"
            found.append(_problem(path, index, place, "id", message))
    return found


def _problem(path: Path, index: Index, place: int, key: str, message: str) -> Problem:
    line = line_of(index, ("criterion", place, key))
    return Problem(file=path, line=line, key=f"criterion.{place + 1}.{key}", message=message)


def _incomplete(path: Path, file: CriteriaFile, index: Index) -> list[Problem]:
    """What the model of one key cannot see: rows that lack a language, examples, or a row they name."""
    if not file.criterion:
        line = line_of(index, ("criterion",))
        return [Problem(file=path, line=line, key="criterion", message="has no row; nothing could be judged")]
    found = []
    ids = {row.id for row in file.criterion if row.category in CATEGORY}
    for place, row in enumerate(file.criterion):
        for key, message in _gaps(row, ids):
            found.append(_problem(path, index, place, key, message))
    return found


def _gaps(row: Criterion, ids: set[str]) -> Iterator[tuple[str, str]]:
    least = CRITICAL_EXAMPLES if row.category == "critical" else 1
    for language in ("en", "fr"):
        if not getattr(row, f"phrases_{language}") and not getattr(row, f"dated_{language}"):
            yield f"phrases_{language}", f"{row.id} has no phrase in this language; a criterion is read in both"
        for key in (f"must_hit_{language}", f"must_not_hit_{language}"):
            if len(getattr(row, key)) < least:
                yield key, f"{row.id} needs at least {least} worked example{'s' if least > 1 else ''} here"
    # other meanings may exist in one language only
    for kind in ("dated", "paired", "with", "hints", "pressed", "cancelled"):
        given = [language for language in ("en", "fr") if getattr(row, f"{kind}_{language}")]
        if len(given) == 1:
            other = "fr" if given == ["en"] else "en"
            yield f"{kind}_{other}", f"{row.id} has {kind}_{given[0]} and no {kind}_{other}; give both languages"
    if (row.dated_en or row.paired_en) and not row.within_days:
        yield "within_days", f"{row.id} has dated phrases; say within how many days the date must be"
    if bool(row.paired_en) != bool(row.with_en):
        yield "with_en", f"{row.id} needs both paired_ and with_: what is paired, and with what"
    if row.otherwise and row.otherwise not in ids:
        yield "otherwise", f"{row.otherwise} is not the id of a critical, urgent or complex row"

"""Reading `criteria.toml`: one file in, `Criteria` out, or every problem at once by file, line and key.

Wrong keys, phrases that cannot be read, missing languages, ids given twice, rows that refer to nothing, and worked
examples that do not behave are all fatal (`BadConfig`): a criterion that does not do what its examples say must never
judge a mail.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inboxd import mail
from inboxd.config_file import Location, gather, line_of, problems_of, read_toml
from inboxd.errors import BadConfig, Problem
from inboxd.triage.horizon import ZONE
from inboxd.triage.reading import read
from inboxd.triage.rulebook import CATEGORY, Criteria, CriteriaFile, Criterion, compile_criteria

__all__ = ["EXAMPLES_RECEIVED", "Criteria", "Criterion", "check_examples", "read_criteria"]

EXAMPLES_RECEIVED = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)
"""When worked examples count as received: Monday 2 November 2026, 10:00."""
CRITICAL_EXAMPLES = 2
"""A critical row shows at least so many examples each way in each language; every other row at least one."""


def read_criteria(path: Path) -> Criteria:
    """Read, check and compile the criteria. Raises `BadConfig` with every problem found."""
    data, index = read_toml(path)
    repeated = _repeated_ids(path, data, index)
    try:
        file = CriteriaFile.model_validate(data)
    except ValidationError as error:
        raise BadConfig([*problems_of(path, index, error), *repeated]) from error
    gather(repeated, _incomplete(path, file, index))
    criteria = compile_criteria(file, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    gather(_misbehaving(criteria, path, index))
    return criteria


def check_examples(criteria: Criteria, path: Path) -> list[Problem]:
    """Every worked example that does not behave, with the line of its list in `path` (`inboxd check`)."""
    _, index = read_toml(path)
    return _misbehaving(criteria, path, index)


def _repeated_ids(path: Path, data: dict[str, Any], index: dict[Location, int]) -> list[Problem]:
    rows = data.get("criterion")
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows] if isinstance(rows, list) else []
    found = []
    for place, row_id in enumerate(ids):
        if isinstance(row_id, str) and (first := ids.index(row_id)) < place:
            line = line_of(index, ("criterion", first, "id"))
            message = f"{row_id} is also the id of the row at line {line}; ids are given once"
            found.append(_problem(path, index, place, "id", message))
    return found


def _problem(path: Path, index: dict[Location, int], place: int, key: str, message: str) -> Problem:
    line = line_of(index, ("criterion", place, key))
    return Problem(file=path, line=line, key=f"criterion.{place + 1}.{key}", message=message)


def _incomplete(path: Path, file: CriteriaFile, index: dict[Location, int]) -> list[Problem]:
    """What the model of one key cannot see: rows that lack a language, examples, or a row they name."""
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
    for kind in ("dated", "paired", "with", "hints", "cancelled"):  # other meanings may exist in one language only
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


def _misbehaving(criteria: Criteria, path: Path, index: dict[Location, int]) -> list[Problem]:
    found = []
    for place, row in enumerate(criteria.rows):
        for key in ("must_hit_en", "must_hit_fr", "must_not_hit_en", "must_not_hit_fr"):
            for number, example in enumerate(getattr(row, key), start=1):
                if (message := _example_fails(criteria, row, example, wanted="not" not in key)) is not None:
                    found.append(_problem(path, index, place, key, f"example {number}: {message}"))
    return found


def _example_fails(criteria: Criteria, row: Criterion, example: str, *, wanted: bool) -> str | None:
    counts: Counter[str] = Counter()
    reading = read(criteria, _body(example), "", (), EXAMPLES_RECEIVED)
    words = {hit.criterion: hit.words for hit in (*reading.hits, *reading.topics)}
    if wanted == (row.id in words):
        return None
    if not wanted:
        return f"{example!r} must not hit {row.id}, and {words[row.id]!r} does"
    counts.update(note.because for note in reading.excluded if note.criterion == row.id)
    reasons = ", ".join(sorted(counts)) or "no phrase found"
    return f"{example!r} must hit {row.id}, and does not ({reasons})"


def _body(text: str) -> mail.Body:
    return mail.Body(full=text, new=text, quoted="", signature="", forwarded="", html_only=False, links=())

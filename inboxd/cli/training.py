"""`train`: teach the second reader from labelled texts, and say how good it is on what it had not seen."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.cli.evaluating import office_settings
from inboxd.errors import Permanent

if TYPE_CHECKING:
    from inboxd.training import Lesson

_PATH = click.Path(path_type=Path)


@click.command()
@click.option(
    "--texts", metavar="PATH", type=_PATH, multiple=True, help="Labelled texts: a .jsonl file, or a folder of them."
)
@click.option("--folder", "folders", metavar="DIR", type=_PATH, multiple=True, help="A labelled folder of whole mails.")
@click.option("--decisions", is_flag=True, help="Also learn from the office's cases that people corrected or answered.")
@click.option("--into", metavar="DIR", type=_PATH, help="Where the model goes.")
@click.option(
    "--write-texts", metavar="FILE", type=_PATH, help="Write the own words of the mails of --folder as .jsonl."
)
@click.option("--json", "as_json", is_flag=True, help="The figures for programs.")
@click.pass_context
def train(
    context: click.Context,
    texts: tuple[Path, ...],
    folders: tuple[Path, ...],
    decisions: bool,
    into: Path | None,
    write_texts: Path | None,
    as_json: bool,
) -> None:
    """Train the second reader offline, measure it on texts held out, and write the model into a folder.

    docs/training.md tells what to give it and what the figures mean. Needs the optional extra `train`.
    """
    if not texts and not folders and not decisions:
        raise click.UsageError("give --texts, --folder or --decisions: there is nothing to learn from")
    if into is None and write_texts is None:
        raise click.UsageError("give --into DIR: where does the model go?")
    from inboxd import training

    begun = time.perf_counter()
    lessons = [lesson for path in texts for lesson in training.read_texts(path)]
    from_mails = [training.read_labelled_folder(path, office_settings(context)) for path in folders]
    if write_texts is not None:
        _write(write_texts, from_mails)
    if into is None:
        return
    with progress(quiet=as_json) as told:
        own = [_own_decisions(context.obj, into, told)] if decisions else []
        course = training.train([*lessons, *from_mails, *own], told)
    training.write_model(course, into)
    figures = course.manifest | {"seconds": round(time.perf_counter() - begun, 1)}
    if as_json:
        showing.as_json(figures)
    else:
        _tell(figures, into)


def _own_decisions(config: Path, into: Path, told: Callable[[str, int, int], None]) -> Lesson:
    """What people decided about real letters. Raises `Permanent` for a model that would leave the office."""
    from inboxd import app
    from inboxd.second_reader import PACKAGED
    from inboxd.training.decisions import read_decisions

    if into.resolve() == PACKAGED.resolve():
        raise Permanent("a model that learned from an office's own mail stays there: give --into another folder")
    with app.open_records(config) as records:
        found = read_decisions(
            records.database,
            records.readers,
            lambda done, of: told("reading decisions", done, of),
        )
    left_out = "".join(f"; {count} left out: {why}" for why, count in sorted(found.left_out.items()))
    click.echo(f"inboxd: {found.corrected} corrected and {found.confirmed} confirmed cases{left_out}", err=True)
    return found.lesson


def _write(path: Path, lessons: list[Lesson]) -> None:
    from inboxd.training.sources import as_lines

    try:
        path.write_text("".join(as_lines(lesson.texts) for lesson in lessons), encoding="utf-8")
    except OSError as error:
        raise Permanent(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar where somebody looks on."""
    from rich.console import Console
    from rich.progress import Progress

    hidden = quiet or not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=hidden) as progress:
        task = progress.add_task("training", total=None)

        def told(what: str, done: int, of: int) -> None:
            progress.update(task, description=what, completed=done, total=of)

        yield told


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _tell(figures: Mapping[str, Any], into: Path) -> None:
    """The figures for people."""
    found, lines = figures["validation"], figures["thresholds"]
    click.echo(f"{found['texts']} texts in {found['groups']} groups, {figures['seconds']} s; the model is in {into}")
    rows = [
        ("accuracy", _percent(found["accuracy"])),
        ("macro F1", _percent(found["macro_f1"])),
        ("accuracy on minimal pairs", _percent(found["in_pairs"])),
        ("gap between folds", _percent(found["gap_between_folds"])),
        ("confident from", _percent(lines["confident"])),
        ("critical from a share of", _percent(lines["critical"])),
    ]
    rows += [(f"accuracy in {language}", _percent(share)) for language, share in found["by_language"].items()]
    rows += [(f"accuracy on {name}, left out", _percent(share)) for name, share in found["source_left_out"].items()]
    if found["other_hands"]:
        rows.append(("accuracy on texts of other hands", _percent(found["other_hands"]["accuracy"])))
    showing.table("On texts held out", ("figure", "share"), [{"figure": name, "share": value} for name, value in rows])
    showing.table(
        "Categories",
        ("category", "labelled", "said", "precision", "recall", "f1"),
        [
            {"category": name, **row, **{key: _percent(row[key]) for key in ("precision", "recall", "f1")}}
            for name, row in found["per_category"].items()
        ],
    )
    showing.table(
        "If only opinions of a confidence decided",
        ("confidence", "decided", "right", "critical_missed", "refused", "refused_wrongly"),
        [
            {**row, "decided": _percent(row["decided"]), "right": _percent(row["right"])}
            for row in found["at_confidence"]
        ],
    )


COMMANDS = (train,)

"""`evaluate`: how well the rules in force judge a folder of labelled mails. Writes nothing but the predictions file."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.errors import Permanent

if TYPE_CHECKING:
    from inboxd.evaluating import Corpus, Figures, Prediction
    from inboxd.settings import Settings
    from inboxd.training import HeldOut
    from inboxd.triage import Rules

SAMPLE = Path(__file__).parent.parent.parent / "config" / "inboxd.toml"
"""The sample configuration of a source checkout; an installed package has none."""
FAULT = 70


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--predictions", metavar="FILE", type=click.Path(path_type=Path), help="Write one JSON object per mail.")
@click.option(
    "--cross-validate",
    "lessons",
    metavar="PATH",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Train the second reader anew on these labelled texts and nine tenths of the folder, ten times, "
    "so that it reads no mail that it learned from. Needs the extra `train`.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def evaluate(
    context: click.Context, folder: Path, predictions: Path | None, lessons: tuple[Path, ...], as_json: bool
) -> None:
    """Judge a folder of labelled mails as the daemon would, each alone, and report how often that is right.

    docs/evaluating.md describes the folder and the figures. Sends, moves and keeps nothing.
    """
    from inboxd import evaluating
    from inboxd.evaluating import report

    settings = office_settings(context)
    corpus = evaluating.read_folder(folder, to_score=predictions is None)
    rules = _rules(corpus, settings)
    held_out = _held_out(folder, settings, lessons, quiet=as_json) if lessons else None
    begun = time.perf_counter()
    found = list(_written(_judged(corpus, rules, held_out, quiet=as_json), predictions))
    seconds = time.perf_counter() - begun
    by_id = {label.id: label for label in (corpus.labels or {}).values()}
    figures = evaluating.score([(by_id[got.id], got) for got in found if got.id in by_id], messages=len(found))
    by_fold = report.fold_figures(held_out.fold_of, by_id, found) if held_out else []
    if as_json:
        showing.as_json(report.document(figures, seconds) | ({"folds": by_fold} if held_out else {}))
    else:
        _tell(figures, found, seconds, by_fold, labelled=corpus.labels is not None)
    faults = [got for got in found if got.bug]
    for got in faults:
        click.echo(f"inboxd: a fault of inboxd itself at {showing.clean(got.id)} ({got.bug}), please report", err=True)
    sys.exit(FAULT if faults else 0)


def office_settings(context: click.Context) -> Settings:
    """The office's settings; the sample's where no office is installed and none was named."""
    from click.core import ParameterSource

    from inboxd.settings import read_settings

    config: Path = context.obj
    above = context.parent
    untold = above is None or above.get_parameter_source("config") is ParameterSource.DEFAULT
    if not untold or config.exists():
        return read_settings(config)
    if not SAMPLE.is_file():
        raise Permanent(f"there is no {config}, and no sample configuration beside this package; use --config FILE")
    click.echo(f"inboxd: there is no {config}; the sample configuration {SAMPLE} is used", err=True)
    return read_settings(SAMPLE)


def _rules(corpus: Corpus, settings: Settings) -> Rules:
    from inboxd import app

    rules, _ = app.read_rules(corpus.settings(settings))
    return dataclasses.replace(rules, roster=corpus.roster)


def _held_out(folder: Path, settings: Settings, paths: tuple[Path, ...], *, quiet: bool) -> HeldOut:
    """For each mail of the folder a second reader that learned neither from it nor from any like it."""
    from inboxd import training
    from inboxd.cli.training import progress

    lessons = [lesson for path in paths for lesson in training.read_texts(path)]
    with progress(quiet=quiet) as told:
        return training.hold_out(training.read_labelled_folder(folder, settings), lessons, told)


def _judged(corpus: Corpus, rules: Rules, held_out: HeldOut | None, *, quiet: bool) -> Iterator[Prediction]:
    """The predictions one by one, with a progress bar where somebody looks on."""
    from rich.console import Console
    from rich.progress import track

    from inboxd.evaluating import Bench, judge_all
    from inboxd.readers import open_readers
    from inboxd.workers import Workers

    inspector = Workers(rules.settings.limits)
    readers = open_readers(rules.settings)
    try:
        reader_of = held_out.reader_of if held_out else None
        bench = Bench(
            rules=rules,
            applications=corpus.applications,
            readers=readers,
            inspector=inspector,
            reader_of=reader_of,
        )
        yield from track(
            judge_all(corpus, bench),
            total=len(corpus.messages),
            description="judging",
            console=Console(stderr=True),
            disable=quiet or not sys.stderr.isatty(),
        )
    finally:
        inspector.close()
        readers.close()


def _written(predictions: Iterator[Prediction], path: Path | None) -> Iterator[Prediction]:
    """The same predictions, each written to the file when it is made. Raises `Permanent` if it cannot be written."""
    from inboxd.evaluating import report

    if path is None:
        yield from predictions
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            for prediction in predictions:
                file.write(json.dumps(report.line(prediction), ensure_ascii=False) + "\n")
                yield prediction
    except OSError as error:
        raise Permanent(f"{path} cannot be written: {error.strerror}") from error


def _tell(
    figures: Figures,
    found: list[Prediction],
    seconds: float,
    by_fold: list[dict[str, Any]],
    *,
    labelled: bool,
) -> None:
    """The report for people: figures, categories, routes, and every miss with why."""
    from inboxd.evaluating import report

    click.echo(f"{figures.messages} mails in {seconds:.1f} s, {figures.messages / max(seconds, 1e-9):.0f} a second")
    if not labelled:
        showing.table("No labels; routes", ("route", "mails"), report.counts(Counter(got.route for got in found)))
        return
    showing.table("Figures", ("figure", "share", "of_mails", "which"), report.figure_rows(figures))
    columns = ("category", "precision", "recall", "f1", "labelled", "predicted")
    showing.table("Categories", columns, report.class_rows(figures))
    if figures.readers:
        columns = ("reader", "review", "right", "right_where_decided", "f1_where_decided", "critical_missed")
        showing.table("Readers", (*columns, "refused_wrongly"), report.reader_rows(figures))
    if by_fold:
        showing.table("Folds", tuple(by_fold[0]), by_fold)
    routes, rows = report.confusion_rows(figures)
    showing.table("Routes: labelled, and as what they were predicted", ("labelled", *routes), rows)
    showing.table("Misses", ("id", "field", "expected", "got", "why"), report.miss_rows(figures))


COMMANDS = (evaluate,)

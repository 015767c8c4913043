"""One training from beginning to end: group, count, measure on what is held out, then learn from everything.

Raises `Permanent` when there are too few texts to learn anything from, with what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inboxd import __version__
from inboxd.errors import Permanent
from inboxd.opinions import READ
from inboxd.second_reader.features import LAYOUT, features_digest
from inboxd.second_reader.model import Source, Thresholds
from inboxd.training import fitting, likeness, validation
from inboxd.training.sources import Lesson
from inboxd.triage.horizon import ZONE

FOLDS = 10
LEAST_TEXTS = 20
"""Of each category; with fewer the figures would mean nothing."""
LEAST_OF_A_SOURCE = 50
"""A file with fewer texts is not left out by itself."""

Told = Callable[[str, int, int], None]
"""What is being done, how much of it is done, how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A trained model as its files' content, and what `manifest.json` says besides."""

    features: bytes
    rarity: bytes
    weights: bytes
    manifest: dict[str, Any]
    """Everything but `arrays`."""


def train(lessons: Sequence[Lesson], told: Told) -> Course:
    """Learn from everything, after measuring on held-out texts. The same lessons give the same course to the byte."""
    texts = [text for lesson in lessons for text in lesson.texts]
    counts = Counter(text.category for text in texts)
    for category in READ:
        if counts[category] < LEAST_TEXTS:
            raise Permanent(
                f"there are {counts[category]} texts labelled {category}; at least {LEAST_TEXTS} of each are needed"
            )
    told("comparing texts", 0, 1)
    group_of = likeness.groups(texts)
    done = iter(range(1, len(texts) + 1))
    counted = fitting.count(texts, group_of, lambda: told("reading texts", next(done), len(texts)))
    folds = likeness.folds(texts, group_of, FOLDS)
    left_out = _sources_left_out(lessons, group_of)
    steps = FOLDS + len(left_out) + 1
    rows: list[tuple[float, ...]] = [()] * len(texts)
    for number, fold in enumerate(folds):
        told("cross-validation", number, steps)
        for place, row in zip(fold, _held_out(counted, fold, group_of), strict=True):
            rows[place] = row
    by_others: dict[int, tuple[float, ...]] = {}
    for number, places in enumerate(left_out.values(), start=FOLDS):
        told("cross-validation", number, steps)
        by_others |= zip(places, _held_out(counted, places, group_of), strict=True)
    # how sure to be is learned from texts by hands that it had not read, where there are such: mail is by new hands
    unknown = by_others if len(by_others) > len(texts) / 2 else dict(enumerate(rows))
    sharpness = validation.fit_sharpness(list(unknown.values()), [texts[place] for place in unknown])

    def held(found: Mapping[int, tuple[float, ...]]) -> list[validation.Held]:
        return [
            validation.Held(text=texts[place], shares=validation.shares(row, sharpness)) for place, row in found.items()
        ]

    figures = {"groups": len(set(group_of)), **validation.figures(held(dict(enumerate(rows))), folds)}
    figures["other_hands"], figures["source_left_out"] = None, {}
    if by_others:
        after = {place: at for at, place in enumerate(by_others)}
        figures["other_hands"] = validation.figures(
            held(by_others), [[after[place] for place in places] for places in left_out.values()]
        )
        figures["source_left_out"] = dict(zip(left_out, figures["other_hands"]["folds"], strict=True))
    lines = validation.thresholds(held(unknown))
    told("learning from all", steps - 1, steps)
    fitted = fitting.fit(counted, range(len(texts)))
    features, rarity, weights, scales = fitting.in_bytes(counted, fitted)
    told("learning from all", steps, steps)
    return Course(
        features=features,
        rarity=rarity,
        weights=weights,
        manifest=_manifest(lessons, scales, sharpness, lines, figures),
    )


def _held_out(counted: fitting.Counted, held: Sequence[int], group_of: Sequence[int]) -> list[tuple[float, ...]]:
    """Scores of the texts at `held`, from a model that saw nothing of their groups."""
    groups = {group_of[place] for place in held}
    rest = [place for place, group in enumerate(group_of) if group not in groups]
    return fitting.scores(counted, fitting.fit(counted, rest), held)


def _sources_left_out(lessons: Sequence[Lesson], group_of: Sequence[int]) -> dict[str, list[int]]:
    """The places of each source that is large enough, where the rest still shows every category."""
    found: dict[str, list[int]] = {}
    begin = 0
    every = [text.category for lesson in lessons for text in lesson.texts]
    for lesson in lessons:
        places = list(range(begin, begin + len(lesson.texts)))
        begin += len(lesson.texts)
        groups = {group_of[place] for place in places}
        rest = Counter(category for place, category in enumerate(every) if group_of[place] not in groups)
        if len(places) >= LEAST_OF_A_SOURCE and all(rest[category] >= LEAST_TEXTS for category in READ):
            found[lesson.name] = places
    return found


def _manifest(
    lessons: Sequence[Lesson],
    scales: tuple[float, ...],
    sharpness: float,
    lines: Thresholds,
    figures: dict[str, Any],
) -> dict[str, Any]:
    texts = [text for lesson in lessons for text in lesson.texts]
    newest = max(text.received for text in texts).astimezone(ZONE)
    languages = sorted({text.language for text in texts})
    counts = Counter((text.category, text.language) for text in texts)
    return {
        "layout": LAYOUT,
        "categories": [str(category) for category in READ],
        "inboxd": __version__,
        "features_digest": features_digest(),
        "newest_text": newest.strftime("%Y-%m-%dT%H:%M"),
        "learned_from": [
            Source(name=lesson.name, sha256=lesson.sha256, texts=len(lesson.texts)).model_dump() for lesson in lessons
        ],
        "counts": {
            str(category): {language: counts[category, language] for language in languages} for category in READ
        },
        "settings": fitting.SETTINGS,
        "block_weights": fitting.block_weights(),
        "scales": scales,
        "sharpness": sharpness,
        "thresholds": lines.model_dump(),
        "validation": figures,
    }

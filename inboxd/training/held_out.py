"""A second reader for every mail of a labelled folder that learned neither from it nor from any mail like it.

So that `inboxd evaluate --cross-validate` says what both readers do together on mail they have not seen. Raises
`Permanent` when the rest is too little to learn from.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inboxd.opinions import SecondReader
from inboxd.second_reader import LearnedReader, Model, read_model
from inboxd.second_reader.model import PACKAGED
from inboxd.training import fitting, likeness
from inboxd.training.course import FOLDS, Told
from inboxd.training.sources import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The readers by fold."""

    readers: Sequence[LearnedReader]
    fold_of: Mapping[str, int]
    """By id of a mail; one without a category, which taught nothing, is not in it."""

    def reader_of(self, mail_id: str) -> SecondReader:
        """A reader that has not seen this mail."""
        return self.readers[self.fold_of.get(mail_id, 0)]


def hold_out(mails: Lesson, lessons: Sequence[Lesson], told: Told) -> HeldOut:
    """Learn `FOLDS` times, each time without a tenth of `mails` and every text of `lessons` that is like one of them.

    How sure to be is taken from the packaged model: it is one number for all of them.
    """
    texts = [*mails.texts, *(text for lesson in lessons for text in lesson.texts)]
    told("comparing texts", 0, 1)
    group_of = likeness.groups(texts)
    done = iter(range(1, len(texts) + 1))
    counted = fitting.count(texts, group_of, lambda: told("reading texts", next(done), len(texts)))
    count = len(mails.texts)
    folds = likeness.folds(mails.texts, group_of[:count], FOLDS)
    readers = []
    for number, fold in enumerate(folds):
        told("cross-validation", number, FOLDS)
        groups = {group_of[place] for place in fold}
        rest = [place for place, group in enumerate(group_of) if group not in groups]
        readers.append(LearnedReader(_model(counted, fitting.fit(counted, rest), number)))
    told("cross-validation", FOLDS, FOLDS)
    return HeldOut(
        readers=readers, fold_of={mails.texts[place].id: number for number, fold in enumerate(folds) for place in fold}
    )


def _model(counted: fitting.Counted, fitted: fitting.Fitted, number: int) -> Model:
    """The model of one fold, in memory only, rounded as one on the disk is."""
    features, rarity, weights, scales = fitting.in_bytes(counted, fitted)
    manifest = read_model(PACKAGED).manifest.model_copy(
        update={"scales": scales, "block_weights": fitting.block_weights()}
    )
    known, signed = array("I"), array("b", weights)
    known.frombytes(features)
    version = f"fold {number + 1} {hashlib.sha256(features + rarity + weights).hexdigest()[:12]}"
    return Model(manifest=manifest, features=known, rarity=rarity, weights=signed, version=version)

"""The arithmetic of training: counts of features in, weights out. Alone imports numpy and scipy (the extra `train`).

Least squares with a penalty (ridge), one score a category, every category weighed the same however many texts it has.
Solved in closed form over the texts, not the features: exact, without a start value or a number of rounds, so the same
texts give the same weights. Fails with `Permanent` when the extra is not installed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inboxd.errors import Permanent
from inboxd.opinions import READ
from inboxd.plan import Category
from inboxd.second_reader.features import Block, read_features
from inboxd.second_reader.model import RARITY_STEP, UNKNOWN_RARITY
from inboxd.training.sources import Labelled

try:
    import numpy as np
    from scipy import linalg, sparse
except ImportError as error:
    raise Permanent(
        "training needs the optional extra `train` (numpy and scipy): python -m pip install 'inboxd[train]'"
    ) from error

PENALTY = 0.1
BLOCK_WEIGHTS = {Block.PIECES: 0.8, Block.WORDS: 1.0, Block.MARKS: 1.0}
LEAST_GROUPS = {Block.PIECES: 2, Block.WORDS: 2, Block.MARKS: 2}
"""A feature of fewer groups of texts is left out: chances are that it is somebody's name."""
RARITY_MOST = 255
TEXTS_MOST = 12_000
"""The solve needs texts² · 16 bytes: some 2.5 GB for so many."""
SETTINGS = {
    "penalty": PENALTY,
    "least_groups_pieces": LEAST_GROUPS[Block.PIECES],
    "least_groups_words": LEAST_GROUPS[Block.WORDS],
    "least_groups_marks": LEAST_GROUPS[Block.MARKS],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Every text as counts of features: one sparse matrix a block (texts by features), over the same columns."""

    keys: Any
    """Feature of each column, rising (uint32)."""
    blocks: tuple[Any, Any, Any]
    wanted: Any
    """+1 for the category of a text, -1 for the others (texts by categories)."""
    group_of: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Weights as floats."""

    columns: Any
    """Those of `Counted` that are known to the model."""
    rarity: Any
    """In steps of RARITY_STEP (uint8), one a known column."""
    weights: Any
    """Known columns by categories."""


def block_weights() -> tuple[float, ...]:
    """How much each block counts; the squares add up to 1."""
    length = sum(weight * weight for weight in BLOCK_WEIGHTS.values()) ** 0.5
    return tuple(BLOCK_WEIGHTS[block] / length for block in Block)


def count(texts: Sequence[Labelled], group_of: Sequence[int], told: Callable[[], None]) -> Counted:
    """Count the features of every text. `told` is called once a text."""
    if len(texts) > TEXTS_MOST:
        raise Permanent(f"{len(texts)} texts are more than {TEXTS_MOST}; leave out the oldest")
    rows: list[list[int]] = [[] for _ in Block]
    keys = [array("I") for _ in Block]
    values: list[list[int]] = [[] for _ in Block]
    for row, text in enumerate(texts):
        _, _, blocks = read_features(text.text, text.received)
        for block, features in zip(Block, blocks, strict=True):
            rows[block] += [row] * len(features)
            keys[block].extend(features)
            values[block] += map(len, features.values())
        told()
    as_arrays = [np.frombuffer(found, dtype=np.uint32) if found else np.zeros(0, np.uint32) for found in keys]
    every = np.unique(np.concatenate(as_arrays))
    matrices = [
        sparse.csr_matrix(
            (1 + np.log(np.array(values[block], dtype=float)), (rows[block], np.searchsorted(every, as_arrays[block]))),
            shape=(len(texts), len(every)),
        )
        for block in Block
    ]
    wanted = np.array([[1.0 if text.category is category else -1.0 for category in READ] for text in texts])
    return Counted(
        keys=every, blocks=(matrices[0], matrices[1], matrices[2]), wanted=wanted, group_of=np.array(group_of)
    )


def _rarity(counted: Counted, places: Any) -> Any:
    """How rare each column is among the groups of these texts; 0 where it is too rare to be known."""
    _, numbered = np.unique(counted.group_of[places], return_inverse=True)
    many = int(numbered.max()) + 1
    gather = sparse.csr_matrix((np.ones(len(places)), (numbered, np.arange(len(places)))), shape=(many, len(places)))
    rarity = np.zeros(len(counted.keys))
    for block in Block:
        present = gather @ (counted.blocks[block][places] > 0).astype(float)
        met = np.asarray((present > 0).sum(axis=0)).ravel()
        found = np.round((np.log((1 + many) / (1 + met)) + 1) / RARITY_STEP)
        rarity = np.maximum(rarity, np.where(met >= LEAST_GROUPS[block], np.minimum(found, RARITY_MOST), 0))
    return rarity


def _weighed(counted: Counted, places: Any, rarity: Any) -> Any:
    """Texts by columns: each block of a text has the length of its weight."""
    total = None
    for block, weight in zip(Block, block_weights(), strict=True):
        said = counted.blocks[block][places]
        rows = said @ sparse.diags_array(rarity * RARITY_STEP)
        whole = said @ sparse.diags_array(np.where(rarity > 0, rarity * RARITY_STEP, UNKNOWN_RARITY))
        lengths = np.sqrt(np.asarray(whole.multiply(whole).sum(axis=1)).ravel())
        rows = sparse.diags_array(weight / np.where(lengths > 0, lengths, 1)) @ rows
        total = rows if total is None else total + rows
    return sparse.csr_matrix(total)


def fit(counted: Counted, places: Sequence[int]) -> Fitted:
    """Learn from the texts at `places`. Each category must be among them."""
    chosen = np.array(places)
    wanted = counted.wanted[chosen]
    share = (wanted > 0).sum(axis=0)
    balance = len(chosen) / len(READ) / share[(wanted > 0).argmax(axis=1)]
    rarity = _rarity(counted, chosen)
    rows = _weighed(counted, chosen, rarity)
    likeness = (rows @ rows.T).toarray()
    likeness[np.diag_indices_from(likeness)] += PENALTY / balance
    parts = linalg.solve(likeness, wanted, assume_a="pos")
    columns = np.flatnonzero(rarity)
    weights = np.asarray(rows.T @ parts)[columns]
    return Fitted(columns=columns, rarity=rarity[columns].astype(np.uint8), weights=weights)


def scores(counted: Counted, fitted: Fitted, places: Sequence[int]) -> list[tuple[float, ...]]:
    """One score a category for each text at `places`, in the order of `READ`."""
    rarity = np.zeros(len(counted.keys))
    rarity[fitted.columns] = fitted.rarity
    rows = _weighed(counted, np.array(places), rarity)[:, fitted.columns]
    return [tuple(map(float, row)) for row in rows @ fitted.weights]


def in_bytes(counted: Counted, fitted: Fitted) -> tuple[bytes, bytes, bytes, tuple[float, ...]]:
    """features, rarity and weights as a model's files hold them; what one step of weight is worth."""
    steps = np.abs(fitted.weights).max(axis=0, initial=0) / 127
    steps[steps == 0] = 1
    small = np.round(fitted.weights / steps).astype(np.int8)
    features = counted.keys[fitted.columns].astype("<u4")
    rounded = tuple(float(f"{step:.12g}") for step in steps)
    return features.tobytes(), fitted.rarity.tobytes(), small.tobytes(), rounded


def right_category(row: Sequence[float]) -> Category:
    """The category of the highest score; of equal ones the most pressing."""
    return READ[max(range(len(READ)), key=lambda at: (row[at], -at))]

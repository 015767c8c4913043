"""A trained model: plain arrays in three files and a manifest of what it learned from. Read, checked, never executed.

`features.bin` holds the numbers of the known features (32 bits each, little-endian, rising), `rarity.bin` how rare each
is (8 bits), `weights.bin` what each says for each category (four signed bytes). Anything that does not agree with
`manifest.json` is fatal at start (`errors.BadConfig`, by file and what is wrong): half a model must never judge a mail.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inboxd.errors import BadConfig, Problem
from inboxd.opinions import READ
from inboxd.second_reader.features import LAYOUT, Block, features_digest

PACKAGED = Path(__file__).parent / "model"
"""The model that comes with inboxd."""
MANIFEST = "manifest.json"
FEATURES, RARITY, WEIGHTS = "features.bin", "rarity.bin", "weights.bin"
RARITY_STEP = 1 / 30
"""`rarity.bin` counts in these; 0 is never stored."""
UNKNOWN_RARITY = 4.0
"""What a feature that the model does not know adds to the length of a text: many of them make it unsure."""
BYTES_MOST = 64 * 1024 * 1024
"""No model is larger; a file of another kind by mistake is not read into memory."""

_UPPER = 1 << 16
"""So many are told apart by the upper half of a feature's 32 bits."""

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_PerCategory = Annotated[tuple[_Finite, ...], Field(min_length=len(READ), max_length=len(READ))]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Array(_Part):
    """One file of numbers."""

    bytes: Annotated[int, Field(ge=0, le=BYTES_MOST)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Source(_Part):
    """A file or folder it learned from."""

    name: str
    sha256: str
    texts: int


class Thresholds(_Part):
    """Where to draw lines, from texts that were held out while it learned the others."""

    confident: Annotated[float, Field(ge=0, le=1)]
    """The lowest confidence from which on at least 97 of 100 held-out texts were right."""
    critical: Annotated[float, Field(ge=0, le=1)]
    """The share of `critical` that 99 of 100 critical held-out texts reach or pass."""


class Manifest(_Part):
    """manifest.json: what the model is, what it learned from, and how good it was on what it had not seen."""

    layout: int
    categories: tuple[Literal["critical", "urgent", "complex", "not_met"], ...]
    inboxd: str
    """The version that trained it."""
    features_digest: str
    newest_text: str
    """When the newest text it learned from was received; no day of training, so that the same texts give the same
    bytes."""
    learned_from: tuple[Source, ...]
    counts: dict[str, dict[str, int]]
    """Texts by category and language."""
    settings: dict[str, float]
    block_weights: Annotated[tuple[_Finite, ...], Field(min_length=len(Block), max_length=len(Block))]
    scales: _PerCategory
    """What one step of `weights.bin` is worth."""
    sharpness: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
    """Makes scores into shares; fitted on held-out texts."""
    thresholds: Thresholds
    validation: dict[str, Any]
    """The figures of docs/training.md."""
    arrays: dict[Literal["features.bin", "rarity.bin", "weights.bin"], Array]


@dataclass(frozen=True, kw_only=True)  # no slots: `begins` is kept
class Model:
    """A model in memory."""

    manifest: Manifest
    features: array[int] = field(repr=False)
    rarity: bytes = field(repr=False)
    weights: array[int] = field(repr=False)
    version: str
    """Digest of the whole, for the record of a decision."""

    @cached_property
    def begins(self) -> array[int]:
        """Where the features begin that share their upper 16 bits, three or so each, and where the last of them end.

        A search among these is nearly as quick as a dictionary of all, which would have 25 MB. Made when it is needed.
        """
        begins = array("I", bytes(4 * (_UPPER + 1)))
        for feature in self.features:
            begins[(feature >> 16) + 1] += 1
        for upper in range(_UPPER):
            begins[upper + 1] += begins[upper]
        return begins

    @property
    def is_current(self) -> bool:
        """False when inboxd reads texts otherwise than when this was trained: usable, but train it anew."""
        return self.manifest.features_digest == features_digest()


def read_model(folder: Path) -> Model:
    """Read and check a model. Raises `BadConfig` with the file and what is wrong with it."""
    path = folder / MANIFEST
    content = _content(path)
    manifest = _manifest(path, content)
    found = {name: _array(folder / name, manifest) for name in (FEATURES, RARITY, WEIGHTS)}
    features, weights = array("I"), array("b", found[WEIGHTS])
    if features.itemsize != 4:  # pragma: no cover  # no machine that Python 3.11 runs on
        raise _wrong(folder / FEATURES, "cannot be read on this machine: its unsigned int has not 4 bytes")
    if len(found[FEATURES]) % 4:
        raise _wrong(folder / FEATURES, "does not hold whole numbers of 4 bytes")
    features.frombytes(found[FEATURES])
    if sys.byteorder == "big":  # pragma: no cover
        features.byteswap()
    for name, wanted in ((RARITY, len(features)), (WEIGHTS, len(features) * len(READ))):
        if len(found[name]) != wanted:
            raise _wrong(folder / name, f"holds {len(found[name])} numbers; {wanted} belong to its {FEATURES}")
    if any(first >= second for first, second in pairwise(features)):
        raise _wrong(folder / FEATURES, "is not in rising order; train the model anew")
    version = hashlib.sha256(content).hexdigest()[:12]
    return Model(manifest=manifest, features=features, rarity=found[RARITY], weights=weights, version=version)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > BYTES_MOST:
            raise _wrong(path, f"is larger than {BYTES_MOST} bytes; this is no model")
        return path.read_bytes()
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error


def _manifest(path: Path, content: bytes) -> Manifest:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadConfig([Problem(file=path, line=0, key="", message="is not JSON")]) from error
    layout = data.get("layout") if isinstance(data, dict) else None
    if layout != LAYOUT:
        raise _wrong(
            path, f"is of layout {layout!r}; this inboxd reads layout {LAYOUT}: train the model anew", "layout"
        )
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise BadConfig(
            [
                Problem(file=path, line=0, key=".".join(map(str, item["loc"])), message=item["msg"])
                for item in error.errors()
            ]
        ) from error
    if manifest.categories != tuple(str(category) for category in READ):
        raise _wrong(path, f"must be {', '.join(READ)}, in that order", "categories")
    return manifest


def _array(path: Path, manifest: Manifest) -> bytes:
    said = manifest.arrays.get(path.name)  # type: ignore[call-overload]  # any name may be asked for
    if said is None:
        raise _wrong(path.parent / MANIFEST, "is missing", f"arrays.{path.name}")
    content = _content(path)
    if len(content) != said.bytes:
        raise _wrong(path, f"has {len(content)} bytes; {MANIFEST} says {said.bytes}")
    if hashlib.sha256(content).hexdigest() != said.sha256:
        raise _wrong(path, f"is not the file that {MANIFEST} describes (its digest differs)")
    return content


def _wrong(path: Path, message: str, key: str = "") -> BadConfig:
    return BadConfig([Problem(file=path, line=0, key=key, message=message)])

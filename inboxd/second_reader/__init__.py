"""The second reader: a linear model reads an enquiry's own words blind, beside the criteria, and says what it thinks.

`read_model(folder)` once, then `give_opinion(model, text, received)` for each mail; `matter` picks the text. Pure: text
in, `opinions.Opinion` out; no library beyond Python and pydantic. Trained by `inboxd train` (docs/training.md).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from inboxd.mail import Body
from inboxd.opinions import Opinion
from inboxd.second_reader.matter import matter
from inboxd.second_reader.model import PACKAGED, Manifest, Model, read_model
from inboxd.second_reader.reading import give_opinion


class LearnedReader:
    """The second reader as triage knows it (`opinions.SecondReader`)."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def told(self) -> str:
        """What it is, for the check command: how many texts it learned from, the day of the newest, its version."""
        manifest = self._model.manifest
        texts = sum(source.texts for source in manifest.learned_from)
        return f"learned from {texts} texts, the newest of {manifest.newest_text[:10]}, version {self._model.version}"

    @property
    def is_current(self) -> bool:
        """False when this inboxd reads texts otherwise than when the model was trained."""
        return self._model.is_current

    @property
    def version(self) -> str:
        return hashlib.sha256(self._model.manifest.model_dump_json().encode()).hexdigest()

    def opinion(self, body: Body, subject: str, *, is_reply: bool, received: datetime) -> Opinion:
        return give_opinion(self._model, matter(body, subject, is_reply=is_reply), received)


__all__ = ["PACKAGED", "LearnedReader", "Manifest", "Model", "give_opinion", "matter", "read_model"]

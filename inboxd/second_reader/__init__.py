"""The second reader: a linear model reads an enquiry's own words blind, beside the criteria, and says what it thinks.

`read_model(folder)` once, then `give_opinion(model, text, received)` for each mail; `matter` picks the text. Pure: text
in, `opinions.Opinion` out; no library beyond Python and pydantic. Trained by `inboxd train` (docs/training.md).
"""

from __future__ import annotations

from inboxd.second_reader.matter import matter
from inboxd.second_reader.model import PACKAGED, Manifest, Model, read_model
from inboxd.second_reader.reading import give_opinion

__all__ = ["PACKAGED", "Manifest", "Model", "give_opinion", "matter", "read_model"]

"""Training the second reader, offline: labelled texts in, a model folder and its figures out.

`sources` reads labelled texts and folders of whole mails, `likeness` says which belong on one side of a split,
`fitting` is the arithmetic (alone imports numpy and scipy, the optional extra `train`), `validation` measures on texts
held out, `writing` makes the files, `report` tells people. Same texts, same bytes. docs/training.md is for the office.
"""

from __future__ import annotations

from inboxd.training.course import Course, train
from inboxd.training.held_out import HeldOut, hold_out
from inboxd.training.sources import Labelled, Lesson, read_labelled_folder, read_texts
from inboxd.training.writing import write_model

__all__ = [
    "Course",
    "HeldOut",
    "Labelled",
    "Lesson",
    "hold_out",
    "read_labelled_folder",
    "read_texts",
    "train",
    "write_model",
]

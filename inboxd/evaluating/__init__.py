"""Measuring: the real parse and triage over a folder of labelled mails, each judged alone, and the figures.

`folder` reads the folder and names what is wrong with it, `predictions` judges one mail, `metrics` scores (pure),
`report` puts the figures for programs and for people. `scheme` holds the words of the labels. docs/evaluating.md tells
what each figure means. Nothing is sent, moved or kept; no database is opened.
"""

from __future__ import annotations

from inboxd.evaluating.folder import Corpus, read_folder
from inboxd.evaluating.metrics import Figures, score
from inboxd.evaluating.predictions import Bench, judge_all
from inboxd.evaluating.scheme import Label, Prediction

__all__ = ["Bench", "Corpus", "Figures", "Label", "Prediction", "judge_all", "read_folder", "score"]

"""The figures as one JSON object for programs, and as rows of tables for people. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from inboxd.evaluating.metrics import Figures, Reader, score
from inboxd.evaluating.scheme import ROUTES, UNREADABLE, Label, Prediction

_DIGITS = 4


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, _DIGITS)


def document(figures: Figures, seconds: float) -> dict[str, Any]:
    """The report as `--json` prints it; shares to four digits, null where nothing could be counted."""
    return {
        "messages": figures.messages,
        "seconds": round(seconds, 3),
        "route": {"accuracy": _rounded(figures.route_accuracy), "confusion": figures.confusion},
        "category": {
            "accuracy": _rounded(figures.category_accuracy),
            "macro_f1": _rounded(figures.macro_f1),
            "per_class": {
                name: {key: _rounded(getattr(found, key)) for key in ("precision", "recall", "f1")}
                for name, found in figures.per_class.items()
            },
            "review": _rounded(figures.review),
            "critical_missed": list(figures.critical_missed),
        },
        "readers": {name: _reader(found) for name, found in figures.readers.items()},
        "submission": {
            "outcome_accuracy": _rounded(figures.outcome_accuracy),
            "reason_accuracy": _rounded(figures.reason_accuracy),
            "wrongly_accepted": list(figures.wrongly_accepted),
        },
        "numbers": {"exact": _rounded(figures.numbers_exact)},
        "language": {"accuracy": _rounded(figures.language_accuracy)},
        "cases": {"exact": _rounded(figures.cases_exact)},
        "misses": [
            {
                "id": miss.id,
                "field": miss.field,
                "expected": list(miss.expected) if isinstance(miss.expected, tuple) else miss.expected,
                "got": list(miss.got) if isinstance(miss.got, tuple) else miss.got,
                "why": miss.why,
            }
            for miss in figures.misses
        ],
    }


def _reader(found: Reader) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else _rounded(value) if isinstance(value, float) else value
        for key, value in dataclasses.asdict(found).items()
    }


def line(prediction: Prediction) -> dict[str, Any]:
    """One prediction as `--predictions` writes it: the fields of the label scheme, and the explanation."""
    return {
        "id": prediction.id,
        "route": prediction.route,
        "category": prediction.category,
        "by_criteria": prediction.by_criteria,
        "by_second_reader": prediction.by_second_reader,
        "criterion": prediction.criterion,
        "criteria": list(prediction.criteria),
        "language": prediction.language,
        "numbers": list(prediction.numbers),
        "cases": prediction.cases,
        "outcome": prediction.outcome,
        "reasons": list(prediction.reasons),
        "explanation": prediction.explanation,
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def figure_rows(figures: Figures) -> list[Mapping[str, object]]:
    """The main figures, one a row."""
    rows = [
        ("route accuracy", figures.route_accuracy, "route", ""),
        ("category accuracy, review counted as wrong", figures.category_accuracy, "category", ""),
        ("  macro F1, review counted as missed", figures.macro_f1, "category", ""),
        ("  left to a person (review)", figures.review, "category", ""),
        ("  accuracy where it decided", figures.decided_accuracy, "", ""),
        ("  macro F1 where it decided", figures.decided_macro_f1, "", ""),
        ("submission outcome", figures.outcome_accuracy, "outcome", ""),
        ("submission reasons", figures.reason_accuracy, "reasons", ""),
        ("numbers exact", figures.numbers_exact, "numbers", ""),
        ("language accuracy", figures.language_accuracy, "language", ""),
        ("cases exact", figures.cases_exact, "cases", ""),
    ]
    found: list[Mapping[str, object]] = [
        {"figure": name, "share": _percent(share), "of_mails": figures.counted.get(field, ""), "which": which}
        for name, share, field, which in rows
    ]
    for name, ids in (
        ("critical missed", figures.critical_missed),
        ("documents wrongly accepted", figures.wrongly_accepted),
    ):
        found.append({"figure": name, "share": len(ids), "of_mails": "", "which": " ".join(ids)})
    return found


def class_rows(figures: Figures) -> list[Mapping[str, object]]:
    """One category a row."""
    return [
        {
            "category": name,
            "precision": _percent(found.precision),
            "recall": _percent(found.recall),
            "f1": _percent(found.f1),
            "labelled": found.labelled,
            "predicted": found.predicted,
        }
        for name, found in figures.per_class.items()
    ]


def reader_rows(figures: Figures) -> list[Mapping[str, object]]:
    """Each reader alone and both together, one a row."""
    names = {"criteria": "the criteria alone", "second_reader": "the second reader alone", "both": "both together"}
    return [
        {
            "reader": names[name],
            "review": _percent(found.review),
            "right": _percent(found.accuracy),
            "right_where_decided": _percent(found.decided_accuracy),
            "f1_where_decided": _percent(found.decided_macro_f1),
            "critical_missed": len(found.critical_missed),
            "refused_wrongly": len(found.refused_wrongly),
        }
        for name, found in figures.readers.items()
    ]


def confusion_rows(figures: Figures) -> tuple[tuple[str, ...], list[Mapping[str, object]]]:
    """Columns and rows of labelled against predicted routes; only routes that occur."""
    predicted = {got for row in figures.confusion.values() for got in row}
    columns = tuple(route for route in (*ROUTES, UNREADABLE) if route in predicted)
    rows: list[Mapping[str, object]] = [
        {"labelled": route, **{got: figures.confusion[route].get(got, "") for got in columns}}
        for route in ROUTES
        if route in figures.confusion
    ]
    return columns, rows


def miss_rows(figures: Figures) -> list[Mapping[str, object]]:
    """One miss a row, with its explanation."""
    return [
        {
            "id": miss.id,
            "field": miss.field,
            "expected": _shown(miss.expected),
            "got": _shown(miss.got),
            "why": miss.why,
        }
        for miss in figures.misses
    ]


def _shown(value: object) -> object:
    return "none" if value is None or value == () else value


def counts(predictions: Mapping[str, int]) -> list[Mapping[str, object]]:
    """How many mails would go each way, where there are no labels."""
    return [{"route": route, "mails": predictions[route]} for route in sorted(predictions)]


def fold_figures(
    fold_of: Mapping[str, int], labels: Mapping[str, Label], predictions: Iterable[Prediction]
) -> list[dict[str, Any]]:
    """Of each fold of a cross-validation: mails with a category, and how both readers and each alone did there."""
    pairs: dict[int, list[tuple[Label, Prediction]]] = {}
    for got in predictions:
        label = labels.get(got.id)
        if got.id in fold_of and label is not None and label.category is not None:
            pairs.setdefault(fold_of[got.id], []).append((label, got))
    found = {fold: score(pairs[fold]).readers for fold in sorted(pairs)}
    return [
        {
            "fold": fold + 1,
            "mails": len(pairs[fold]),
            "criteria": _rounded(readers["criteria"].decided_accuracy) if readers else None,
            "second_reader": _rounded(readers["second_reader"].accuracy) if readers else None,
            "both": _rounded(readers["both"].decided_accuracy) if readers else None,
            "review": _rounded(readers["both"].review) if readers else None,
        }
        for fold, readers in found.items()
    ]

"""Where the shapes of a chart stand: bars, stacked bars and columns, as numbers for the page's SVG. Pure.

Every value stands beside its shape as text, and shapes differ by pattern, so that a chart reads in black and white. The
table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 640
NARROW = 500
"""A chart that stands beside its table."""
LABELS = 250
"""Room for labels on the left; 32 characters fit."""
VALUES = 92
"""Room for values on the right."""
ROW = 26
BAR = 16
COLUMNS_HEIGHT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One rectangle, in the chart's own units."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """Names its fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text; `y` is its base line."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart ready to be drawn."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]
    legend: tuple[tuple[str, str], ...] = ()
    """Kind of fill, and what it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: a label, lengths by kind, and the text of its value."""

    label: str
    parts: tuple[tuple[str, float], ...]
    value: str


def bars(
    rows: Sequence[Bar], legend: Sequence[tuple[str, str]] = (), *, to_full: bool = False, width: float = WIDTH
) -> Chart:
    """Horizontal bars, the parts of each one after the other. `to_full`: each row is as wide as there is room."""
    room = width - LABELS - VALUES
    longest = max((sum(length for _, length in row.parts) for row in rows), default=0)
    shapes: list[Shape] = []
    texts: list[Text] = []
    for number, row in enumerate(rows):
        top = number * ROW
        whole = sum(length for _, length in row.parts) if to_full else longest
        x = float(LABELS)
        for kind, length in row.parts:
            if length > 0:
                long = room * length / whole
                shapes.append(_shape(x, top + (ROW - BAR) / 2, long, BAR, kind))
                x += long
        base = top + ROW / 2 + 4.5
        texts.append(Text(x=LABELS - 8, y=base, text=row.label, anchor="end"))
        texts.append(Text(x=round((width - VALUES if to_full else x) + 8, 1), y=base, text=row.value))
    return Chart(
        width=width,
        height=max(len(rows), 1) * ROW,
        shapes=tuple(shapes),
        texts=tuple(texts),
        legend=tuple(legend),
    )


def columns(rows: Sequence[tuple[str, int, str]]) -> Chart:
    """Upright columns, one beside the other: label below, length, and the text of its value above."""
    step = WIDTH / max(len(rows), 1)
    most = max((length for _, length, _ in rows), default=0)
    shapes: list[Shape] = []
    texts: list[Text] = []
    for number, (label, length, value) in enumerate(rows):
        middle = (number + 0.5) * step
        height = COLUMNS_HEIGHT * length / most if most else 0.0
        top = 18 + COLUMNS_HEIGHT - height
        if length:
            width = min(step * 0.7, 40)
            shapes.append(_shape(middle - width / 2, top, width, height, "plain"))
            texts.append(Text(x=round(middle, 1), y=round(top - 4, 1), text=value, anchor="middle"))
        texts.append(Text(x=round(middle, 1), y=COLUMNS_HEIGHT + 34, text=label, anchor="middle"))
    return Chart(width=WIDTH, height=COLUMNS_HEIGHT + 40, shapes=tuple(shapes), texts=tuple(texts))


def _shape(x: float, y: float, width: float, height: float, kind: str) -> Shape:
    return Shape(x=round(x, 1), y=round(y, 1), width=round(max(width, 1), 1), height=round(height, 1), kind=kind)

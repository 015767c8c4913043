"""Figures as Prometheus reads them: its text format, version 0.0.4. Pure; raises `ValueError` for what it forbids."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Figures of one name."""

    name: str
    told: str
    """What it is, in which unit."""
    samples: tuple[Sample, ...]


def text(gauges: Iterable[Gauge]) -> str:
    """The whole page. Those of one name, as of several channels, stand together, as the format wants; empty ones go."""
    together: dict[str, list[Sample]] = {}
    told: dict[str, str] = {}
    for gauge in gauges:
        if not _NAME.fullmatch(gauge.name):
            raise ValueError(f"{gauge.name!r} is no name of a figure")
        together.setdefault(gauge.name, []).extend(gauge.samples)
        told[gauge.name] = gauge.told
    lines = []
    for name, samples in together.items():
        if samples:
            lines += [f"# HELP {name} {_escaped(told[name])}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(sample.labels)} {_number(sample.value)}" for sample in samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    if not all(_NAME.fullmatch(name) for name in labels):
        raise ValueError(f"labels that have no name: {sorted(labels)}")
    pairs = (f'{name}="{_escaped(value).replace(chr(34), chr(92) + chr(34))}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        raise ValueError("a figure must be a number")
    return str(int(value)) if float(value).is_integer() else repr(float(value))

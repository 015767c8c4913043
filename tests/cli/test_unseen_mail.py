"""What an office is promised of triage, on mail that neither reader has learned from (`tests/unseen/README.md`)."""

from __future__ import annotations

import email
import email.policy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Give, document
from tests.office import PROJECT, Server, write_office

UNSEEN = PROJECT / "tests" / "unseen"


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, Any]]:
    rows = map(json.loads, (UNSEEN / "labels.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["id"]: row for row in rows}


def test_what_is_decided_is_right_nothing_critical_is_missed_and_few_need_a_person(
    give: Give, tmp_path: Path, labels: dict[str, dict[str, Any]]
) -> None:
    config = write_office(tmp_path / "office", imap=Server(port=1, username="us", password="x"), smtp=Server(port=1),
                          sections={"rules": "second_reader = true"})
    out = tmp_path / "predictions.jsonl"
    report = document(give(config, "evaluate", str(UNSEEN), "--json", "--predictions", str(out)))
    got = {row["id"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert report["messages"] == len(got) == len(labels) == 220
    assert report["route"]["accuracy"] >= 0.98
    assert report["language"]["accuracy"] >= 0.99

    both = report["readers"]["both"]
    assert both["critical_missed"] == []
    assert both["refused_wrongly"] == [], "at most one in a hundred, and there are fewer than a hundred refusals"
    assert both["review"] <= 0.12
    assert both["decided_macro_f1"] >= 0.97
    criticals = [name for name, label in labels.items() if label["category"] == "critical"]
    assert len(criticals) > 30
    assert {got[name]["category"] for name in criticals} <= {"critical", "review"}

    pairs = [name for name, label in labels.items() if label.get("pair")]
    assert len(pairs) == 40
    decided = [name for name in pairs if got[name]["category"] != "review"]
    right = sum(got[name]["category"] == labels[name]["category"] for name in decided)
    assert right >= 0.93 * len(decided)
    assert len(decided) >= 0.8 * len(pairs)

    alone = report["readers"]["second_reader"]
    assert both["decided_accuracy"] > max(alone["decided_accuracy"], report["readers"]["criteria"]["decided_accuracy"])


def test_none_of_it_was_learned() -> None:
    """No twelve words in a row of it stand in a text that the model learned from, or in a criterion's example."""
    learned = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "training").glob("*.jsonl"))
    known = rows_of_words(learned) | rows_of_words((PROJECT / "config" / "criteria.toml").read_text(encoding="utf-8"))
    for path in sorted((UNSEEN / "messages").iterdir()):
        body = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain", "html"))
        assert body is not None
        assert rows_of_words(body.get_content()) & known == set(), path.name


def rows_of_words(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"<[^>]*>", " ", text).lower())
    return {tuple(words[at:at + 12]) for at in range(len(words) - 11)}

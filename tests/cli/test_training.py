"""`inboxd train` from labelled texts to a model that is read, and what it says when texts are wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from inboxd.opinions import READ
from inboxd.second_reader import give_opinion, read_model
from inboxd.training import fitting, likeness, sources
from inboxd.triage.horizon import ZONE
from tests.cli.conftest import Ended, Give, document, one_line
from tests.office import PROJECT, Server, write_office

Train = Callable[..., Ended]
TRAINING = PROJECT / "training"
LABELLED = PROJECT / "tests" / "labelled"


@pytest.fixture
def train(give: Give, tmp_path: Path) -> Train:
    config = write_office(tmp_path / "office", imap=Server(port=1, username="us", password="x"), smtp=Server(port=1))
    return lambda *options: give(config, "train", *map(str, options))


@pytest.fixture(scope="module")
def some_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty texts of each of two hands."""
    root: Path = tmp_path_factory.mktemp("texts")
    for name in ("en_all", "fr_all"):
        rows = (TRAINING / f"{name}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (root / f"{name}.jsonl").write_text("".join(rows[::3]), encoding="utf-8")
    return root


def row(**changes: object) -> dict[str, Any]:
    return {
        "id": "t1", "language": "en", "text": "Status, please.", "category": "not_met", "received": "2026-11-02T10:00"
    } | changes


def test_a_small_training_from_end_to_end(train: Train, some_texts: Path, tmp_path: Path) -> None:
    ended = train("--texts", some_texts, "--into", tmp_path / "model", "--json")
    assert ended.status == 0, ended.err
    figures = document(ended)
    found = figures["validation"]
    assert found["texts"] == 228
    assert [source["name"] for source in figures["learned_from"]] == ["en_all", "fr_all"]
    assert sum(sum(languages.values()) for languages in figures["counts"].values()) == 228
    assert 0.6 < found["accuracy"] < 1
    assert len(found["folds"]) == 10
    assert list(found["source_left_out"]) == ["en_all", "fr_all"]
    assert found["other_hands"]["texts"] == 228
    assert found["gap_between_folds"] == pytest.approx(max(found["folds"]) - min(found["folds"]), abs=1e-4)
    assert sum(row["texts"] for row in found["calibration"]) == 228
    assert [row["decided"] for row in found["at_confidence"]] == sorted(
        (row["decided"] for row in found["at_confidence"]), reverse=True
    )
    model = read_model(tmp_path / "model")
    assert model.is_current
    texts = [text for lesson in sources.read_texts(some_texts) for text in lesson.texts]
    right = sum(give_opinion(model, text.text, text.received).category is text.category for text in texts)
    assert right / len(texts) > 0.97, "what it learned from it knows"


def test_the_same_texts_give_the_same_bytes(train: Train, some_texts: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert train("--texts", some_texts, "--into", tmp_path / name, "--json").status == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert len(list((tmp_path / "one").iterdir())) == 4


def test_what_is_read_is_what_was_learned(train: Train, some_texts: Path, tmp_path: Path) -> None:
    """The daemon's plain arithmetic gives the scores that training computed, but for the rounding of weights."""
    assert train("--texts", some_texts, "--into", tmp_path / "model", "--json").status == 0
    model = read_model(tmp_path / "model")
    texts = [text for lesson in sources.read_texts(some_texts) for text in lesson.texts]
    counted = fitting.count(texts, likeness.groups(texts), lambda: None)
    for text, scores in zip(texts, fitting.scores(counted, fitting.fit(counted, range(len(texts))), range(40)),
                            strict=False):  # fmt: skip
        shares = dict(give_opinion(model, text.text, text.received).shares)
        again = fitting.right_category(scores)
        assert max(READ, key=shares.__getitem__) is again or max(shares.values()) < 0.6


def test_the_figures_are_shown_to_people(train: Train, some_texts: Path, tmp_path: Path) -> None:
    ended = train("--texts", some_texts / "en_all.jsonl", "--texts", some_texts / "fr_all.jsonl", "--into", tmp_path)
    assert ended.status == 0, ended.err
    for words in ("accuracy", "gap between folds", "accuracy in fr", "confident from", "refused wrongly", "critical"):
        assert words in ended.out
    assert "en_all, left out" in ended.out


def test_a_labelled_folder_teaches_its_own_words(train: Train, some_texts: Path, tmp_path: Path) -> None:
    lines = tmp_path / "own.jsonl"
    assert train("--folder", LABELLED, "--write-texts", lines).status == 0
    (lesson,) = sources.read_texts(lines)
    labels = [json.loads(line) for line in (LABELLED / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {text.id for text in lesson.texts} == {label["id"] for label in labels if label.get("category")}
    assert not any("wrote:" in text.text or "a écrit" in text.text for text in lesson.texts)
    ended = train("--texts", some_texts, "--folder", LABELLED, "--into", tmp_path / "model", "--json")
    assert document(ended)["learned_from"][2] == {
        "name": "labelled", "texts": len(lesson.texts), "sha256": document(ended)["learned_from"][2]["sha256"]
    }


def test_wrong_lines_are_named_all_at_once(train: Train, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    lines = [
        json.dumps(row()), "{", "[]", json.dumps(row(id="t2", category="review")),
        json.dumps(row(id="t3", received="Monday")), json.dumps(row(id="t4", language="de")), json.dumps(row()),
        json.dumps({"id": "t5"}), "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    ended = train("--texts", path, "--into", tmp_path / "model")
    assert ended.status == 78
    for number, words in (
        (2, "is not JSON"), (3, "one object"), (4, "category: must be one of critical"),
        (5, "received: must be a time"),
        (6, "language: must be one of"), (7, "id: 't1' stands there already"), (8, "text: is missing"),
    ):
        assert any(f"bad.jsonl:{number}: " in line and words in line for line in ended.err.splitlines()), number
    assert not (tmp_path / "model").exists()


def test_what_cannot_be_read_is_named(train: Train, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no file with the ending .jsonl" in one_line(train("--texts", tmp_path / "empty", "--into", tmp_path))
    assert "cannot be read: No such file" in one_line(train("--texts", tmp_path / "no.jsonl", "--into", tmp_path))
    (tmp_path / "latin.jsonl").write_bytes("é".encode("latin-1"))
    assert "is not UTF-8" in one_line(train("--texts", tmp_path / "latin.jsonl", "--into", tmp_path))


def test_too_few_texts_are_refused(train: Train, tmp_path: Path) -> None:
    (tmp_path / "few.jsonl").write_text(json.dumps(row()), encoding="utf-8")
    ended = train("--texts", tmp_path / "few.jsonl", "--into", tmp_path / "model")
    assert ended.status == 1
    assert "there are 0 texts labelled critical; at least 20 of each are needed" in one_line(ended)


def test_it_says_what_it_needs(train: Train, tmp_path: Path) -> None:
    assert train("--into", tmp_path).status == 2
    assert train("--texts", tmp_path).status == 2


def test_a_folder_that_cannot_be_written_is_named(train: Train, some_texts: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = train("--texts", some_texts, "--into", tmp_path / "file" / "model", "--json")
    assert ended.status == 1
    assert "cannot be written: Not a directory" in one_line(ended)


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['scipy'] = None; sys.argv = ['inboxd', 'train', '--texts', 'x', '--into', 'y'];" \
        "from inboxd.cli import main; main()"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs the optional extra `train` (numpy and scipy): python -m pip install 'inboxd[train]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def lesson_of(tmp_path: Path, *rows: dict[str, Any]) -> list[sources.Labelled]:
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    (lesson,) = sources.read_texts(path)
    return list(lesson.texts)


def test_what_is_alike_stays_on_one_side(tmp_path: Path) -> None:
    story = "His mother has been in the hospital since Monday and the doctors give her two days to live, no more"
    texts = lesson_of(
        tmp_path,
        row(id="a1", pair="p", text="one"), row(id="a2", pair="p", text="two"), row(id="b1", text="three"),
        row(id="b2", text="four", note="same theme as b1: keep both on one side of a split"),
        row(id="c1", text="About E123456789 again"), row(id="c2", text="Nothing new; E123456789 waits"),
        row(id="d1", text=f"Hello, {story}."), row(id="d2", text=f"We write since {story}, they say. Thanks."),
        row(id="e1", thread="t", text="five"), row(id="e2", thread="t", text="six"), row(id="f", text="seven"),
    )
    groups = dict(zip((text.id for text in texts), likeness.groups(texts), strict=True))
    for letter in "abcde":
        assert groups[f"{letter}1"] == groups[f"{letter}2"]
    assert len(set(groups.values())) == 6
    folds = likeness.folds(texts, list(groups.values()), 3)
    assert sorted(place for fold in folds for place in fold) == list(range(len(texts)))
    where = {texts[place].id: at for at, fold in enumerate(folds) for place in fold}
    assert all(where[f"{letter}1"] == where[f"{letter}2"] for letter in "abcde")


def test_times_without_a_zone_are_the_office_s(tmp_path: Path) -> None:
    plain, zoned = lesson_of(tmp_path, row(), row(id="t2", received="2026-11-02T15:00+00:00"))
    assert plain.received == zoned.received == datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)

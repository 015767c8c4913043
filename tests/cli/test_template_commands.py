"""`inboxd templates`: as a template admin works: check, try on past mail, take into use, look back, bring back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd import template_life
from inboxd.replies.collection import PACKAGED
from tests.cli.conftest import Give, document, one_line
from tests.cli.worlds import everything, office_of_commands
from tests.crash.letters import documents
from tests.scenarios.world import World

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
BY = ("--by", "Kim", "--note", "politeness", "--yes")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An office with a folder for its texts, that sent one receipt."""
    with office_of_commands(tmp_path, monkeypatch) as opened:
        own = tmp_path / "office" / "texts"
        for language in ("en", "fr"):
            (own / language).mkdir(parents=True)
        config = tmp_path / "office" / "inboxd.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("[replies]", '[replies]\ntemplates = "texts"'), encoding="utf-8")
        settings = opened.context.settings
        replies = settings.replies.model_copy(update={"templates": own})
        opened.context.settings = settings.model_copy(update={"replies": replies})
        opened.clock.at = NOW
        assert template_life.take_from_disk(opened.context, opened.context.templates)
        opened.deliver(documents(), NOW)
        opened.run()
        yield opened


@pytest.fixture
def config(world: World, tmp_path: Path) -> Path:
    return tmp_path / "office" / "inboxd.toml"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A folder with a receipt that thanks its reader."""
    folder = tmp_path / "draft"
    for language, thanks, words in (("en", "Thank you. ", "We received"), ("fr", "Merci. ", "Nous avons")):
        (folder / language).mkdir(parents=True)
        text = (PACKAGED / language / "receipt.txt.j2").read_text(encoding="utf-8")
        changed = text.replace(words, thanks + words, 1)
        (folder / language / "receipt.txt.j2").write_text(changed, encoding="utf-8")
    return folder


def test_a_draft_is_checked_tried_and_compared_and_nothing_is_touched(
    give: Give, world: World, config: Path, draft: Path
) -> None:
    before = everything(world)
    checked = give(config, "templates", "check", "--draft", str(draft))
    assert checked.out.startswith("the draft is sound; it changes receipt.")
    tried = give(config, "templates", "try", "--draft", str(draft))
    assert tried.status == 0, tried.err
    assert "receipt: 1 past mails tried, 1 would read differently" in tried.out
    assert "receipt in en, 1 of them, against what was sent, such as mail 1" in tried.out
    assert "receipt in fr, 1 of them, against what the texts in force say" in tried.out
    assert "  +Thank you. We received your message on" in tried.out
    found = document(give(config, "templates", "try", "--draft", str(draft), "--json"))
    assert (found["sound"], found["changed"], found["differ"]) == (True, ["receipt"], {"receipt": 1})
    assert [(each["language"], each["mails"]) for each in found["differences"]] == [("en", [1]), ("fr", [1])]
    assert "+Thank you. We" in give(config, "templates", "diff", "receipt", "--draft", str(draft)).out
    shown = give(config, "templates", "preview", "receipt", "--lang", "fr", "--past", "1", "--draft", str(draft))
    assert "Merci. Nous avons" in shown.out
    assert "lettre d'emploi.pdf" in shown.out
    assert everything(world) == before


def test_a_bad_draft_is_refused_by_every_command_with_its_line(give: Give, config: Path, draft: Path) -> None:
    path = draft / "en" / "receipt.txt.j2"
    path.write_text(path.read_text(encoding="utf-8").replace("Thank you", "Thank {{ you }}"), encoding="utf-8")
    for command in (("check",), ("try",), ("activate", *BY)):
        ended = give(config, "templates", *command, "--draft", str(draft))
        assert ended.status == 78, ended
        assert "texts/en/receipt.txt.j2:3: you: is not a value of the notice receipt" in one_line(ended)
        assert ended.out == ""
    for name in ("check", "try"):
        ended = give(config, "templates", name, "--draft", str(draft), "--json")
        assert ended.status == 78
        problem, = document(ended)["problems"]
        assert (problem["line"], problem["key"]) == (3, "you")
    assert list((config.parent / "texts").rglob("*.j2")) == []


def test_a_draft_is_taken_into_use_looked_back_at_and_taken_back(give: Give, config: Path, draft: Path) -> None:
    refused = give(config, "templates", "activate", "--draft", str(draft), *BY[:-1])
    assert "there is no terminal to ask at" in one_line(refused)
    taken = give(config, "templates", "activate", "--draft", str(draft), *BY)
    assert taken.status == 0, taken.err
    assert "receipt: 1 past mails tried" in taken.out
    assert (config.parent / "texts" / "fr" / "receipt.txt.j2").exists()
    rows = document(give(config, "templates", "history", "receipt", "--json"))
    assert [(row["by"], row["how"], row["note"], row["in_force"]) for row in rows] == [
        ("person:Kim", "desk", "politeness", True),
        ("inboxd", "first", "the texts in force when versions began to be kept", False)]
    assert f"receipt {rows[0]['version']} is in force" in taken.out
    listed = next(row for row in document(give(config, "templates", "list", "--json")) if row["name"] == "receipt")
    assert (listed["version"], listed["by"], listed["own"]) == (rows[0]["version"], "person:Kim", True)
    assert "politeness" in give(config, "templates", "history").out
    assert "Thank you. We received" in give(config, "templates", "history", "receipt", rows[0]["version"][:5]).out
    assert "+Thank you." in give(config, "templates", "diff", "receipt").out
    assert "-Thank you." in give(config, "templates", "diff", "receipt", rows[0]["version"], rows[1]["version"]).out
    back = give(config, "templates", "restore", "receipt", "--by", "Ada", "--note", "too polite", "--yes")
    assert f"receipt {rows[1]['version']} is in force" in back.out
    assert list((config.parent / "texts").rglob("*.j2")) == []
    assert "in force already" in one_line(give(config, "templates", "restore", "receipt", rows[1]["version"], *BY))


def test_broken_files_on_disk_are_named_by_check_while_the_last_good_ones_serve(
    give: Give, config: Path, draft: Path
) -> None:
    assert give(config, "templates", "activate", "--draft", str(draft), *BY).status == 0
    (config.parent / "texts" / "fr" / "receipt.txt.j2").unlink()
    ended = give(config, "templates", "check")
    assert ended.status == 78
    assert "en/receipt.txt.j2: has no twin fr/receipt.txt.j2" in one_line(ended)
    assert "the files on disk are refused, and the last good ones serve:" in give(config, "templates", "list").out
    assert "Thank you. We received" in give(config, "templates", "preview", "receipt", "--lang", "en").out
    assert "in the settings" not in give(config, "templates", "try").err


@pytest.mark.parametrize(("command", "words"), [
    (["preview", "reciept"], "there is no notice reciept; is receipt meant?"),
    (["preview", "held", "--past", "1"], "mail 1 had no held, or what it was made of is not kept any more"),
    (["diff", "receipt", "0123"], "is the beginning of 0 versions; `inboxd templates history receipt` lists them"),
    (["diff", "receipt", "a"], "is too short to name one"),
    (["restore", "receipt", *BY], "there is no version of receipt before"),
    (["history", "nothing"], "there is no notice nothing; there are receipt, "),
])  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(give: Give, config: Path, command: list[str], words: str) -> None:
    ended = give(config, "templates", *command)
    assert ended.status == 1
    assert words in one_line(ended)

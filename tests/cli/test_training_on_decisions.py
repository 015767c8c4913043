"""`train --decisions`: what people decided about real mail is learned, and stays with the office."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import overriding, timers
from inboxd.plan import Category
from inboxd.second_reader import PACKAGED, read_model
from inboxd.tables import cases
from inboxd.training.decisions import Decisions, read_decisions
from tests.cli.conftest import Give, one_line
from tests.crash.letters import STAFF, in_bytes, letter
from tests.office import PROJECT
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa is still pending."
REFUSED = "Could you please tell us the status of the application? The constituent would like an update."
CRITICAL = "She is being removed from Canada tomorrow morning and her life is at risk there."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    rows = Rows(f"sqlite:///{tmp_path}/inboxd.sqlite")
    with open_world(tmp_path / "office", {"rules": "second_reader = false"}, FakePost(), rows) as opened:
        yield opened
    rows.database.close()


def arrives(world: World, text: str, hours: int, **headers: str) -> str:
    quoted = "\n\nOn Mon, Nov 2, 2026 at 9:00 AM Kim <kim@officers.ircc.example> wrote:\n> About Tremblay again.\n"
    world.deliver(in_bytes(letter("A constituent", text + quoted, **headers)), MONDAY + timedelta(hours=hours))
    world.run()
    with world.context.database.reading() as tx:
        return str(tx.scalars(select(cases.c.reference).order_by(cases.c.id.desc())).first())


def correct(world: World, reference: str, category: Category) -> None:
    overriding.set_category(world.context, reference, category, reason="r", by="person:Kim Osei", how="command")


def learned(world: World) -> Decisions:
    context = world.context
    return read_decisions(context.database, context.reader, lambda done, of: None)


def test_a_person_s_category_is_the_label(world: World) -> None:
    twice = arrives(world, URGENT, 0)
    correct(world, twice, Category.CRITICAL)
    correct(world, twice, Category.COMPLEX)
    found = learned(world)
    text, = found.lesson.texts
    assert (text.category, found.corrected, found.confirmed) == (Category.COMPLEX, 1, 0)
    assert "mother died in Lagos" in text.text
    assert "Tremblay" not in text.text, "the sender's own words only"
    assert text.received == MONDAY
    assert text.language == "en"


def test_what_a_person_answered_confirms_its_category_and_nothing_else_does(world: World) -> None:
    answered = arrives(world, URGENT, 0)
    arrives(world, CRITICAL, 1)  # nobody has looked at it
    arrives(world, REFUSED, 2)  # only our own notice answered it
    closed = arrives(world, REFUSED, 3)
    answer = letter(f"Re: A constituent {answered}", "We phoned.\n", sender="kim@officers.ircc.example")
    world.deliver(in_bytes(answer), MONDAY + timedelta(hours=4))
    world.run()
    timers.close_case(world.context, closed, "person:kim")
    found = learned(world)
    assert [text.category for text in found.lesson.texts] == [Category.URGENT, Category.NOT_MET]
    assert (found.corrected, found.confirmed, found.left_out) == (0, 2, {})


def test_cases_whose_words_are_not_the_first_mail_s_are_left_out(world: World) -> None:
    raised = arrives(world, URGENT, 0, message_id="<first@parl.example>")
    arrives(world, CRITICAL, 1, In_Reply_To="<first@parl.example>")
    timers.close_case(world.context, raised, "person:kim")
    unsettled = arrives(world, URGENT, 2)
    correct(world, unsettled, Category.REVIEW)
    gone = arrives(world, REFUSED, 3)
    correct(world, gone, Category.COMPLEX)
    for path in (world.context.archive.root / "mail").rglob("*"):
        if path.is_file() and b"Could you please tell" in path.read_bytes():
            path.unlink()
    found = learned(world)
    assert found.lesson.texts == ()
    assert found.left_out == {
        "a later mail raised it": 1, "nobody settled its category": 1, "its mail is not there, or cannot be read": 1,
    }


def test_a_model_learns_from_them_and_names_nobody(give: Give, world: World, tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the optional extra `train`")
    reference = arrives(world, URGENT, 0)
    correct(world, reference, Category.COMPLEX)
    rows = (PROJECT / "training" / "en_all.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    texts = tmp_path / "some.jsonl"
    texts.write_text("".join(rows[::3]), encoding="utf-8")
    config = world.context.settings.rules.criteria.parent / "inboxd.toml"
    into = tmp_path / "model"
    ended = give(config, "train", "--texts", str(texts), "--decisions", "--into", str(into), "--json")
    assert ended.status == 0, ended.err
    assert "1 corrected and 0 confirmed cases" in ended.err
    sources = json.loads(ended.out)["learned_from"]
    assert [(row["name"], row["texts"]) for row in sources][1:] == [("decisions", 1)]
    assert read_model(into).is_current
    written = b"".join(path.read_bytes() for path in into.iterdir())
    for words in ("Kim Osei", STAFF, reference, "Lagos", "mother died"):
        assert words.encode() not in written


def test_the_packaged_model_never_learns_from_an_office(give: Give, world: World) -> None:
    correct(world, arrives(world, URGENT, 0), Category.COMPLEX)
    config = world.context.settings.rules.criteria.parent / "inboxd.toml"
    before = {path.name: path.read_bytes() for path in PACKAGED.iterdir()}
    ended = give(config, "train", "--decisions", "--into", str(PACKAGED))
    assert ended.status == 1
    assert "stays there" in one_line(ended)
    assert {path.name: path.read_bytes() for path in PACKAGED.iterdir()} == before
    assert "decisions" not in {source.name for source in read_model(PACKAGED).manifest.learned_from}

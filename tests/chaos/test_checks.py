"""The judge of the storms sees what it is there to see: a good end is spoilt in one way at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from inboxd.tables import cases, effects, timers
from tests.chaos.campaign import Campaign
from tests.chaos.checks import look
from tests.chaos.outcome import Outcome, outcome
from tests.chaos.plans import Plan
from tests.chaos.scene import Scene
from tests.chaos.storm import Storm

SEED = 7
pytestmark = pytest.mark.timeout(300)  # two whole runs, on a machine that may be busy


@pytest.fixture(scope="module")
def ended(campaign: Campaign) -> Iterator[tuple[Scene, Outcome]]:
    with campaign.scene("judged", None, secure=False) as scene:
        calm = Storm(scene, SEED, Plan(length=9)).run()
        assert calm.judged.complaints == []
        yield scene, outcome(scene)


def complaints(ended: tuple[Scene, Outcome]) -> str:
    scene, wanted = ended
    return "\n".join(look(scene, wanted, clocks=True).complaints)


def change(scene: Scene, statement: str) -> None:
    with scene.engine.begin() as tx:
        assert tx.execute(text(statement)).rowcount > 0


def test_two_calm_runs_end_the_same(campaign: Campaign, ended: tuple[Scene, Outcome]) -> None:
    with campaign.scene("again", None, secure=True) as scene:
        again = Storm(scene, SEED, Plan(length=9), wanted=ended[1]).run()
    assert again.judged.complaints == []


def a_mail_that_left_the_server(ended: tuple[Scene, Outcome]) -> None:
    scene = ended[0]
    with scene.person() as client:
        client.select_folder("Automatic")
        uid = client.search()[0]
        raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        client.delete_messages([uid])
        client.expunge()
        try:
            assert "lies in {}" in complaints(ended)
        finally:
            client.append("Automatic", raw)
    assert complaints(ended) == ""
    scene.dovecot.deliver(raw, "Held", user=scene.user)
    assert "was delivered 1 times and lies in {" in complaints(ended)
    with scene.person() as client:
        client.select_folder("Held")
        client.delete_messages(client.search()[-1:])
        client.expunge()


def a_mail_that_went_out_twice(ended: tuple[Scene, Outcome]) -> None:
    scene = ended[0]
    scene.sink._mails.append(scene.sink.mails[0])
    try:
        assert "was accepted 2 times, and was unknown and sent again only 0 times" in complaints(ended)
        scene.sink._mails[-1] = dataclasses.replace(scene.sink.mails[0], raw=scene.sink.mails[0].raw + b"!")
        assert "two different texts went out" in complaints(ended)
    finally:
        scene.sink._mails.pop()
    lost = scene.sink._mails.pop()
    assert "is done in the outbox and never came to the server" in complaints(ended)
    scene.sink._mails.append(lost)
    scene.sink._mails.append(dataclasses.replace(lost, recipients=(*lost.recipients, "spy@elsewhere.example")))
    assert "went to 2 recipients" in complaints(ended)
    scene.sink._mails[-1] = dataclasses.replace(lost, recipients=("spy@elsewhere.example",))
    assert "or to another one" in complaints(ended)
    scene.sink._mails[-1] = dataclasses.replace(lost, raw=lost.raw.replace(b"Message-ID: <", b"Message-ID: <x"))
    assert "accepted a mail that no outbox row has" in complaints(ended)
    scene.sink._mails.pop()


def a_letter_that_is_lost(ended: tuple[Scene, Outcome]) -> None:
    scene = ended[0]
    scene.keys["0" * 64], scene.copies["0" * 64] = "planted", 1
    said = complaints(ended)
    assert "planted: LOST, no row has it" in said
    assert "planted: was delivered 1 times and lies in {}" in said
    del scene.keys["0" * 64], scene.copies["0" * 64]


def a_timer_a_case_and_a_reply_that_stand_twice(ended: tuple[Scene, Outcome]) -> None:
    scene, far = ended[0], 100_000
    for table, only, but, said in (
        (timers, "state = 'fired'", {"key": "key || 'X'"}, "a timer stands 2 times"),
        (cases, "true", {"reference": "reference || 'X'"}, "opened is"),
        (effects, "template like 'ack%'", {"key": "key || 'X'", "message_id": "message_id || 'X'"}, "replies is"),
    ):
        names = [column.name for column in table.columns]
        values = ", ".join(({"id": f"id + {far}"} | but).get(name, name) for name in names)
        change(scene, f"insert into {table} ({', '.join(names)}) select {values} from {table} where {only} limit 1")
        found = complaints(ended)
        change(scene, f"delete from {table} where id > {far}")
        assert said in found


def rows_that_are_wrong(ended: tuple[Scene, Outcome]) -> None:
    scene, wanted = ended
    with scene.engine.begin() as tx:
        case = tx.execute(text("select id, reply_by from cases order by id limit 1")).one()
        timer = tx.execute(text("select id from timers where state = 'fired' order by id limit 1")).scalar_one()
    for statement, back, said in (
        ("update mails set state = 'taken' where id = 1", "update mails set state = 'done' where id = 1", "has no end"),
        (f"update timers set state = 'set' where id = {timer}", f"update timers set state = 'fired' where id = {timer}",
         "timers of the past never rang"),
        (f"update cases set category = 'complexer' where id = {case.id}", "", "was"),
    ):
        before = scene.rows("select id, state from mails where id = 1")[0]["state"]
        kept = scene.rows(f"select category from cases where id = {case.id}")[0]["category"]
        change(scene, statement)
        assert said in complaints(ended)
        change(scene, back or f"update cases set category = '{kept}' where id = {case.id}")
        change(scene, f"update mails set state = '{before}' where id = 1")
    assert complaints(ended) == ""
    fewer = dataclasses.replace(wanted, letters=dict(list(wanted.letters.items())[1:]))
    assert "is there, and was not in the calm run" in complaints((scene, fewer))


def an_event_line_that_tells_and_a_bug(ended: tuple[Scene, Outcome]) -> None:
    scene = ended[0]
    moment = scene.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for line, said in (
        (f"{moment} info mail.taken mail=1 sender=staff.rivers@parl.example", "an event line says"),
        (f"{moment} error bug where=stage.intake error=KeyError", "the log tells of a bug"),
    ):
        scene.log.lines.append(line)
        assert said in complaints(ended)
        scene.log.lines.pop()


def an_unfinished_file(ended: tuple[Scene, Outcome]) -> None:
    scene = ended[0]
    left = scene.root / "data" / "spool" / "half-a-mail"
    left.write_bytes(b"x")
    assert "an unfinished file stays" in complaints(ended)
    left.unlink()


def test_every_spoilt_end_is_seen(ended: tuple[Scene, Outcome]) -> None:
    assert complaints(ended) == ""
    for spoil in (
        a_mail_that_left_the_server, a_letter_that_is_lost, a_mail_that_went_out_twice,
        a_timer_a_case_and_a_reply_that_stand_twice, rows_that_are_wrong,
        an_event_line_that_tells_and_a_bug, an_unfinished_file,
    ):
        spoil(ended)
    assert complaints(ended) == ""

"""Moves before, between and after our own steps, in folders that were renumbered, by servers that tell little."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inboxd import deciding, intake, outbox, overriding
from inboxd.cli.stories import lines
from inboxd.cli.verifying import verify
from inboxd.errors import BadConfig
from inboxd.folder_watch import ordering, surveying
from inboxd.mailbox import Identity
from inboxd.settings import read_settings
from inboxd.tables import cases, effects, mails
from tests.crash.letters import in_bytes, letter
from tests.fakes import FakeMailbox
from tests.office import write_office
from tests.scenarios.officers import CRITICAL, TUESDAY, URGENT, Desk, FakePost, dated, drag


@pytest.fixture
def post() -> FakePost:
    return FakePost()


def test_a_mail_that_was_moved_before_we_saw_it_is_taken_and_decided(desk: Desk, post: FakePost) -> None:
    """Promise 1: it was in the inbox. Its move came too early to be an order."""
    desk.world.clock.at = TUESDAY
    desk.run()
    raw = in_bytes(dated(letter("A constituent", f"{URGENT}\n"), "Tue, 03 Nov 2026 10:30:00 -0500"))
    post.box.deliver(raw, TUESDAY + timedelta(minutes=30), "Closed")
    desk.later(hours=1)
    case = desk.case()
    assert (case.state, case.category, case.received) == ("open", "urgent", TUESDAY + timedelta(minutes=30))
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert desk.told() == ["A message was moved before it was read"]
    assert desk.to_sender() == 1


def test_an_answer_that_a_client_saved_beside_its_case_is_no_mail_to_us(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    ours = dated(letter("Re: A constituent", "We called.\n", sender="mcmps-cmds@ircc.example"),
                  "Tue, 03 Nov 2026 10:30:00 -0500")  # fmt: skip
    post.box.deliver(in_bytes(ours), TUESDAY + timedelta(minutes=30), "Enquiries/Urgent")
    desk.later(hours=1)
    assert desk.told() == ["Messages that came another way lie in the folders"]
    assert len(desk.rows(select(mails))) == 1


def test_moved_after_it_was_taken_and_before_it_was_decided(desk: Desk, post: FakePost) -> None:
    context = desk.world.context
    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    intake.take_in(context)
    drag(post.box, "INBOX", "Closed")
    desk.watch.look(context)
    assert desk.orders() == [], "nobody can close what is not decided yet"
    desk.run()
    assert desk.case().state == "closed"
    assert desk.lies() == {"Closed": 1}
    assert desk.to_sender() == 1, "the office hears that its mail came, and by when an answer is due"
    assert desk.mail().state == "done"


@pytest.mark.parametrize("looked", [False, True])
def test_moved_after_the_decision_and_before_our_move(desk: Desk, post: FakePost, looked: bool) -> None:
    context = desk.world.context
    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    intake.take_in(context)
    deciding.all_due(context)
    drag(post.box, "INBOX", "Waiting")
    if looked:
        desk.watch.look(context)
        assert desk.case().state == "waiting"
    else:
        outbox.deliver_due(context)
        outbox.move_due(context)  # finds nothing where the mail was
    desk.run()
    assert desk.case().state == "waiting"
    assert desk.lies() == {"Waiting": 1}
    assert desk.orders() == [("INBOX" if looked else "Enquiries/Urgent", "Waiting", "pause")]
    assert desk.mail().state == "done"


@pytest.mark.parametrize("folder", ["Enquiries/Urgent", "Waiting", "Closed", "INBOX"])
def test_a_renumbered_folder_is_no_order(desk: Desk, post: FakePost, folder: str) -> None:
    desk.arrives(URGENT)
    desk.arrives(URGENT.replace("Sunday", "Saturday"), at=TUESDAY + timedelta(minutes=3))
    if folder not in ("Enquiries/Urgent", "INBOX"):
        drag(post.box, "Enquiries/Urgent", folder)
        desk.run()
    before, lying = desk.orders(), desk.lies()
    states = [case.state for case in desk.rows(select(cases))]
    post.box.renumber(folder)
    desk.run()
    assert desk.orders() == before
    assert desk.lies() == lying
    assert [case.state for case in desk.rows(select(cases))] == states
    assert desk.told() == []
    assert verify(desk.world.context, deep=False, offline=False).notes == []


def test_moved_out_of_a_folder_that_was_renumbered_meanwhile(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    second = desk.arrives(URGENT.replace("Sunday", "Saturday"), at=TUESDAY + timedelta(minutes=3))
    drag(post.box, "Enquiries/Urgent", "Closed", 2)
    for folder in ("Enquiries/Urgent", "Closed"):
        post.box.renumber(folder)
    desk.restart()
    desk.run()
    assert desk.case(second).state == "closed"
    assert desk.lies() == {"Enquiries/Urgent": 1, "Closed": 1}
    assert len(desk.orders()) == 1


def test_several_cases_in_one_mail_wait_and_close_together_and_are_not_re_labelled(
    desk: Desk, post: FakePost
) -> None:
    desk.arrives(f"1. For Ms Adaeze Bello, E123456780: {CRITICAL}\n\n2. For Mr Luis Ortega, E987654320: {URGENT}\n")
    found = desk.rows(select(cases))
    assert len(found) == 2
    home = next(iter(desk.lies()))
    drag(post.box, home, "Waiting")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"waiting"}
    drag(post.box, "Waiting", "Enquiries/Complex")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"waiting"}, "which of them would be complex?"
    assert desk.lies() == {"Waiting": 1}
    drag(post.box, "Waiting", home)
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"open"}
    drag(post.box, home, "Closed")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"closed"}


def test_the_ministers_mail_keeps_its_folder(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT, sender="desk@minister.example")
    assert desk.lies() == {"Minister": 1}
    drag(post.box, "Minister", "Waiting")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("waiting", {"Waiting": 1})
    drag(post.box, "Waiting", "Minister")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("open", {"Minister": 1})
    drag(post.box, "Minister", "Enquiries/Critical")
    desk.run()
    assert (desk.case().category, desk.lies()) == ("critical", {"Minister": 1})


def test_a_copy_in_the_inbox_is_put_away(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    (at, raw), = post.box.folders["Waiting"].mails.values()
    post.box.deliver(raw, at)
    desk.run()
    assert (desk.case().state, desk.lies()) == ("waiting", {"Waiting": 2})
    drag(post.box, "Waiting", "INBOX")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("open", {"Enquiries/Urgent": 2})


def test_a_look_at_folders_where_nothing_happened_opens_none(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    opened: list[str] = []
    whole = post.box.open
    post.box.open = lambda folder: (opened.append(folder), whole(folder))[1]  # type: ignore[method-assign]
    for _ in range(3):
        desk.watch.look(desk.world.context)
    assert opened == []


def test_dying_after_our_own_move_is_no_order(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server moved the mail and we did not hear of it: the row still says that the move is due."""
    context = desk.world.context

    class Died(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Died

    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    monkeypatch.setattr(outbox.outbox, "moved", dies)
    with pytest.raises(Died):
        desk.run()
    monkeypatch.undo()
    assert desk.lies() == {"Enquiries/Urgent": 1}
    desk.restart()
    desk.run()
    assert (desk.orders(), desk.case().state, desk.mail().state) == ([], "open", "done")
    assert verify(context, deep=False, offline=False).notes == []
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.orders() == [("Enquiries/Urgent", "Closed", "close")]


@pytest.mark.parametrize("step", ["_do", "set_category"])
def test_dying_in_the_middle_of_an_order_does_it_once(
    desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Enquiries/Critical")
    owner = ordering if step == "_do" else overriding

    class Died(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Died

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(Died):
        desk.run()
    monkeypatch.undo()
    desk.restart()
    desk.run()
    case = desk.case(reference)
    assert (case.category, case.state, desk.lies()) == ("critical", "open", {"Enquiries/Critical": 1})
    assert len(desk.story()["overrides"]) == 1


def test_a_server_that_does_not_tell_new_numbers(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = type(post.box).move

    def mute(self: FakeMailbox, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]:
        whole(self, uids, folder)
        return {}

    monkeypatch.setattr(type(post.box), "move", mute)
    desk.arrives(URGENT)
    desk.run()
    assert (desk.orders(), desk.told()) == ([], [])
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    drag(post.box, "Waiting", "Enquiries/Complex")
    desk.run()
    assert desk.orders() == [("Enquiries/Urgent", "Waiting", "pause"), ("Waiting", "Enquiries/Complex", "relabel")]
    assert desk.lies() == {"Enquiries/Complex": 1}
    assert desk.told() == []


def test_a_server_whose_sizes_are_estimates(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = type(post.box).identities

    def about(self: FakeMailbox, uids: Sequence[int]) -> list[Identity]:
        return [dataclasses.replace(item, size=item.size + 17) for item in whole(self, uids)]

    monkeypatch.setattr(type(post.box), "identities", about)
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.case().state == "closed"


def test_more_mails_than_one_look_takes(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "AT_ONCE", 3)
    for number in range(8):
        desk.world.deliver(in_bytes(letter(f"Constituent {number}", f"{URGENT} {number}\n")), TUESDAY)
    desk.run()
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.restart()
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"closed"}
    post.box.renumber("Closed")
    desk.run()
    assert len(desk.orders()) == 8
    assert desk.told() == []


def test_the_same_folder_for_an_order_and_something_else_is_refused(tmp_path: Path) -> None:
    file = write_office(tmp_path, imap=FakePost.imap, smtp=FakePost.smtp, sections={"folders": 'waiting = "Held"'})
    with pytest.raises(BadConfig, match=r"folders\.waiting is folders\.held too"):
        read_settings(file)


def test_show_tells_who_moved_what(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    told = "\n".join(lines(desk.story(), ZoneInfo("America/Toronto"), desk.world.context.archive))
    assert "moved_by_person  mail client  source=Enquiries/Urgent target=Waiting meaning=pause" in told


def test_to_the_inbox_and_elsewhere_again_and_again(desk: Desk, post: FakePost) -> None:
    """Each return to the inbox is one more sighting of the mail; the old ones lead nowhere and hold nothing up."""
    desk.arrives(URGENT)
    for category in ("Critical", "Complex", "Urgent"):
        drag(post.box, next(iter(desk.lies())), "INBOX")
        intake.take_in(desk.world.context)
        outbox.move_due(desk.world.context)
        drag(post.box, next(iter(desk.lies())), f"Enquiries/{category}")
        desk.run()
        assert desk.lies() == {f"Enquiries/{category}": 1}
    assert [act for _, _, act in desk.orders()] == ["relabel"] * 3
    assert desk.rows(select(effects).where(effects.c.state != "done")) == []
    assert desk.mail().state == "done"
    assert verify(desk.world.context, deep=False, offline=False).notes == []

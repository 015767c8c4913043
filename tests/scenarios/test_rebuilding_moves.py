"""What people moved in their mail client, played again: also what a death left half done."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd.folder_watch import ordering
from inboxd.tables import events
from tests.scenarios.officers import URGENT, Desk, FakePost, drag, open_desk
from tests.scenarios.rebuilt import new_database, rebuilt, unexplained
from tests.scenarios.world import Rows


@pytest.mark.parametrize("target", ["Closed", "Enquiries/Complex"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_copy_that_is_gone_gets_no_order_when_the_journal_is_played(
    tmp_path: Path, private: Rows, target: str, at_once: bool
) -> None:
    """The same mail lay there twice and one copy was deleted; then a person moved the other, which is an order."""
    post = FakePost()
    with open_desk(tmp_path / "office", post, private) as desk, new_database(tmp_path) as anew:
        for _ in range(2):
            desk.arrives(URGENT, message_id="<twice@parl.example>")
        urgent = post.box.folders["Enquiries/Urgent"].mails
        drag(post.box, "Enquiries/Urgent", "Trash", min(urgent))
        if not at_once:
            desk.later(minutes=5)
        drag(post.box, "Enquiries/Urgent", target, min(urgent))
        desk.later(minutes=5)
        assert (desk.case().state, desk.case().category) in {("closed", "urgent"), ("open", "complex")}
        assert [row.event for row in desk.rows(select(events.c.event).where(events.c.event == "copy_forgotten"))]
        assert unexplained(rebuilt(desk.world, anew)) == ""


class Killed(BaseException):
    """The process is no more."""


def dies_between_correction_and_note(desk: Desk) -> None:
    """A move into the folder of a category has two transactions; the first is there, the second never was."""

    def killed(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_do", killed)
        with pytest.raises(Killed):
            desk.run()
    assert len(desk.journal("case_overridden")) == 1
    desk.restart()


@pytest.mark.parametrize("waits", [True, False])
def test_a_correction_whose_move_was_never_noted_is_played(tmp_path: Path, private: Rows, waits: bool) -> None:
    """The daemon died behind the correction; to the next one the mail lay where it belonged already."""
    post = FakePost()
    with open_desk(tmp_path / "office", post, private) as desk, new_database(tmp_path) as anew:
        desk.arrives(URGENT)
        if waits:
            drag(post.box, "Enquiries/Urgent", "Waiting")
            desk.later(minutes=5)
        drag(post.box, "Waiting" if waits else "Enquiries/Urgent", "Enquiries/Complex")
        dies_between_correction_and_note(desk)
        desk.later(minutes=5)
        assert (desk.case().state, desk.case().category) == ("open", "complex")
        assert len(desk.orders()) == (2 if waits else 0), "out of Urgent it was never noted; out of Waiting later"
        assert unexplained(rebuilt(desk.world, anew)) == ""


NEXT = {"Enquiries/Urgent": ("open", "complex", "Enquiries/Complex"), "Waiting": ("waiting", "complex", "Waiting"),
        "Closed": ("closed", "complex", "Closed"), "Trash": ("open", "complex", "Trash")}
"""Where a person moves the mail before the next daemon looks; what its case is then, and where the mail lies.

Back to where the rows know it is no move that anybody could see: the correction stands, and the mail goes where it
belongs.
"""


@pytest.mark.parametrize("target", NEXT)
def test_a_move_on_top_of_a_correction_that_died_half_way_is_played(
    tmp_path: Path, private: Rows, target: str
) -> None:
    post = FakePost()
    with open_desk(tmp_path / "office", post, private) as desk, new_database(tmp_path) as anew:
        desk.arrives(URGENT)
        drag(post.box, "Enquiries/Urgent", "Enquiries/Complex")
        dies_between_correction_and_note(desk)
        drag(post.box, "Enquiries/Complex", target)
        desk.later(minutes=5)
        desk.later(minutes=5)
        state, category, folder = NEXT[target]
        assert (desk.case().state, desk.case().category) == (state, category)
        assert {name: count for name, count in desk.lies().items() if count} == {folder: 1}
        assert unexplained(rebuilt(desk.world, anew)) == ""

"""Moving mail on a server that misbehaves as real ones were seen to: only what was moved is marked deleted."""

from __future__ import annotations

import time

import pytest

from inboxd.errors import Permanent, Transient
from tests.doors.conftest import Connect
from tests.doors.scripted_imap import TAG, ScriptedImap


def moved_by(server: ScriptedImap, connect: Connect, uids: list[int]) -> dict[int, tuple[int, int]]:
    return connect(server).move(uids, "Held")


def test_without_uidplus_nothing_is_expunged(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        assert moved_by(server, connect, [1, 2]) == {}
        assert server.sent("UID COPY") == [b'UID COPY 2 "Held"']
        assert server.sent("UID STORE") == [b"UID STORE 2 +FLAGS.SILENT (\\Deleted)"]
        assert server.sent("EXPUNGE") == []
        assert server.sent("UID EXPUNGE") == []
        assert b"NOT DELETED" in server.sent("UID SEARCH")[0]


def test_new_uids_come_in_the_order_of_the_sets(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", b"* OK [COPYUID 38505 304,319:320 3956:3958] moved\r\n" + TAG + b" OK done\r\n")
        moved = moved_by(server, connect, [304, 319, 320, 400])
        assert moved == {304: (38505, 3956), 319: (38505, 3957), 320: (38505, 3958)}


@pytest.mark.parametrize(
    "code", [b"", b"[COPYUID 1 x y] ", b"[COPYUID] ", b"[COPYUID 1 1:4294967295 1:4294967295] ", b"[COPYUID 1 9 9] "]
)
def test_new_uids_that_make_no_sense_are_not_believed(connect: Connect, code: bytes) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", b"* OK " + code + b"moved\r\n" + TAG + b" OK done\r\n")
        began = time.monotonic()
        assert moved_by(server, connect, [5]) == {}
        assert time.monotonic() - began < 20, "it counted to four thousand million"


def test_a_missing_folder_is_made_and_the_move_tried_again(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", TAG + b" NO [TRYCREATE] no such folder\r\n")
        server.on("UID SEARCH", b"* SEARCH 5\r\n" + TAG + b" OK done\r\n")
        server.on("UID MOVE", TAG + b" OK [COPYUID 9 5 1] moved\r\n")
        assert moved_by(server, connect, [5]) == {5: (9, 1)}
        assert server.sent("CREATE") == [b'CREATE "Held"']


def test_a_move_that_is_refused_for_good_says_so(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", TAG + b" NO [NOPERM] not for clerk@mp.example\r\n")
        server.always("UID SEARCH", b"* SEARCH 5\r\n" + TAG + b" OK done\r\n")
        with pytest.raises(Permanent, match=r"cannot move mail: .*\[NOPERM\] not for <address>"):
            moved_by(server, connect, [5])


def test_a_server_in_difficulty_is_asked_again_later(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", TAG + b" NO [UNAVAILABLE] backend down\r\n")
        with pytest.raises(Transient, match="backend down"):
            moved_by(server, connect, [5])


def test_what_the_server_says_unasked_does_not_pile_up(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", b"* 1 EXPUNGE\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS ())\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server)
        for _ in range(20):
            mailbox.move([5], "Held")
        assert mailbox._client is not None
        assert sum(map(len, mailbox._client._imap.untagged_responses.values())) < 10

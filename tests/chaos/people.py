"""People who read, flag and copy mail in their own mail client while it storms. None of it is an order."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

import imapclient
from imapclient.exceptions import IMAPClientError

from tests.chaos.scene import PRIVATE, Scene

FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Label1")


def flag(scene: Scene, chance: random.Random) -> str:
    """Set or remove a flag of some mails, wherever they lie. Returns what happened; empty: nothing."""

    def at_work(client: imapclient.IMAPClient, uids: list[int]) -> None:
        change = client.add_flags if chance.random() < 0.7 else client.remove_flags
        change(uids, [chance.choice(FLAGS)])

    return "flags changed by a person" if _in_a_folder(scene, chance, at_work) else ""


def copy(scene: Scene, chance: random.Random) -> str:
    """Copy some mails into a folder of one's own."""

    def at_work(client: imapclient.IMAPClient, uids: list[int]) -> None:
        if not client.folder_exists(PRIVATE):
            client.create_folder(PRIVATE)
        client.copy(uids, PRIVATE)

    return "mail copied by a person" if _in_a_folder(scene, chance, at_work) else ""


def _in_a_folder(
    scene: Scene, chance: random.Random, work: Callable[[imapclient.IMAPClient, list[int]], None]
) -> bool:
    with contextlib.suppress(IMAPClientError, OSError), scene.person() as client:
        names = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
        client.select_folder(chance.choice([name for name in names if name != PRIVATE]))
        uids = client.search()
        if uids:
            work(client, chance.sample(uids, min(3, len(uids))))
            return True
    return False

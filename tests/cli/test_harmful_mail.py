"""Commands on a mail that harms whoever reads it: each ends, within its limits, and says so in a sentence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inboxd import app
from inboxd import readers as rooms
from inboxd.archive import Archive
from inboxd.readers import Readers
from inboxd.settings import Settings
from tests.cli.conftest import Give, Place, document, one_line
from tests.readers.harmful import HANGS, SECONDS, harmful, readers_of
from tests.readers.test_limits import children

TOLD = f"reading it took more than {SECONDS} s"


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on some mails harm the processes with which commands read."""

    def opened(settings: Settings, archive: Archive | None = None, **_: object) -> Readers:
        return readers_of(settings, archive or Archive(settings.storage.archive))

    for room in (app, rooms):
        monkeypatch.setattr(room, "open_readers", opened)


def test_all_of_a_person_is_exported_beside_it(
    copied: Path, place: Place, give: Give, tmp_path: Path, careful: None
) -> None:
    user = place.dovecot.fresh_user()
    copied.write_text(copied.read_text(encoding="utf-8").replace(f'"{place.user}"', f'"{user}"'), encoding="utf-8")
    raw = harmful(HANGS, "About UCI 11-2222-3333.\n")
    place.dovecot.deliver(raw, user=user)
    assert give(copied, "once").status == 0
    assert document(give(copied, "show", "8", "--json"))["mail"]["held_reason"] == "UNREADABLE"
    begun = time.monotonic()
    done = document(give(copied, "export", "--person", "11-2222-3333", "--into", str(tmp_path), "--json"))
    assert 8 in done["mails"]
    assert 1 in done["mails"]
    assert [line for line in done["to_sever"] if line.startswith("mail 8: could not be read safely") and TOLD in line]
    name, = (name for name in done["files"] if name.startswith("mail/8-"))
    assert (Path(done["folder"]) / name).read_bytes() == raw
    proved = give(copied, "rebuild", "--verify")
    assert proved.status == 0, proved.out
    assert "8 mails" in proved.out
    assert time.monotonic() - begun < 90
    assert children() == [], "a command leaves no process"


def test_it_is_not_explained(copied: Path, give: Give, tmp_path: Path, careful: None) -> None:
    bad, good = tmp_path / "bad.eml", tmp_path / "good.eml"
    bad.write_bytes(harmful(HANGS))
    good.write_bytes(harmful("Removal"))
    ended = give(copied, "explain", str(bad))
    assert ended.status != 0
    assert TOLD in one_line(ended)
    assert "critical" in give(copied, "explain", str(good)).out
    assert children() == []


def test_among_labelled_mails_it_is_one_that_cannot_be_read(
    copied: Path, give: Give, tmp_path: Path, careful: None
) -> None:
    folder = tmp_path / "labelled"
    (folder / "messages").mkdir(parents=True)
    (folder / "messages" / "m1.eml").write_bytes(harmful(HANGS))
    (folder / "messages" / "m2.eml").write_bytes(harmful("Removal"))
    found = tmp_path / "found.jsonl"
    assert give(copied, "evaluate", str(folder), "--predictions", str(found)).status == 0
    bad, good = found.read_text(encoding="utf-8").splitlines()
    assert f"UNREADABLE: {TOLD}" in bad
    assert '"critical"' in good
    assert children() == []

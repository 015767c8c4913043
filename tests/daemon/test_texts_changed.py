"""An edited text is used without a restart; a broken one never reaches a sender, nor keeps the daemon from starting."""

from __future__ import annotations

from pathlib import Path

from inboxd.replies.collection import PACKAGED
from tests.crash.letters import documents
from tests.daemon.conftest import MakeOffice
from tests.daemon.running import Running, inboxd
from tests.office import ALERTS

NOTICED = 30
"""Seconds: two looks, and the reading of rules and texts."""


def write(folder: Path, thanks: dict[str, str]) -> None:
    """An author saves both languages of the receipt."""
    for language, words in (("en", "We received"), ("fr", "Nous avons")):
        text = (PACKAGED / language / "receipt.txt.j2").read_text(encoding="utf-8")
        changed = text.replace(words, f"{thanks[language]} {words}", 1)
        (folder / language / "receipt.txt.j2").write_text(changed, encoding="utf-8")


def test_an_edited_text_is_used_at_once_and_a_broken_one_never(make_office: MakeOffice) -> None:
    office = make_office(sections={"replies": 'templates = "texts"', "rules": "second_reader = false"})
    folder = office.root / "texts"
    for language in ("en", "fr"):
        (folder / language).mkdir(parents=True)
    assert inboxd(office.config, "applications", "import", str(office.root / "register.csv")).returncode == 0
    with Running(office.config) as daemon:
        daemon.wait_for("templates.taken", "how=first")
        daemon.wait_for("mailbox.connected")
        office.deliver(documents(padding=1))
        daemon.wait_for("mail.done mail=1")
        write(folder, {"en": "Thank you.", "fr": "Merci."})
        daemon.wait_for("templates.taken", "how=file", "notices=1", seconds=NOTICED)
        office.deliver(documents(padding=2))
        daemon.wait_for("mail.done mail=2")
        write(folder, {"en": "Thank {{ you }}.", "fr": "Merci."})
        daemon.wait_for("templates.refused", "receipt.txt.j2:3: you: is not a value", seconds=NOTICED)
        daemon.wait_for("incident.told", "kind=texts_refused")
        office.deliver(documents(padding=3))
        daemon.wait_for("mail.done mail=3")
        assert daemon.stop() == (0, "")
    with Running(office.config) as daemon:
        daemon.wait_for("templates.refused", "receipt.txt.j2:3: you: is not a value")
        daemon.wait_for("mailbox.connected")
        office.deliver(documents(padding=4))
        daemon.wait_for("mail.done mail=4")
        write(folder, {"en": "Thanks.", "fr": "Merci bien."})
        daemon.wait_for("templates.taken", "how=file", seconds=NOTICED)
        office.deliver(documents(padding=5))
        daemon.wait_for("mail.done mail=5")
        assert daemon.stop() == (0, "")
    receipts = [mail.raw for mail in office.sink.mails if b"Documents received" in mail.raw]
    assert [(b"Thank you. We" in raw, b"Thanks. We" in raw) for raw in receipts] == [
        (False, False), (True, False), (True, False), (True, False), (False, True)]
    alerts = [mail for mail in office.sink.mails if ALERTS in mail.recipients]
    assert len(alerts) == 1, "told once, over the restart too"
    versions = office.ask("select template_version from effects where template = 'receipt' order by id")
    assert versions[1] == versions[2] == versions[3]
    assert len(set(versions)) == 3
    assert office.ask("select how from template_sets order by id") == ["first", "file", "file"]

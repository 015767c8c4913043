"""No mail costs more disk than a few times its own size: nothing in it unfolds to more, and nothing is kept twice.

What a mail leaves on disk: its bytes in the archive (the spool file is moved there), the files put on a record, the
notices that list them, and its rows.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from benchmarks import hostile_mails
from benchmarks.letters import File, head, parts, submission, text_part
from inboxd.archive import SPOOLED
from inboxd.parsers import parse
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings
from tests.files import archives, office, outlook_item, pdf, pictures, tnef
from tests.files.outlook_item import ItemFile
from tests.files.tnef import TnefFile
from tests.fuzz import campaign
from tests.scenarios.world import Rows

OFFICE = OfficeSettings(address="a@b.example", name_en="A", name_fr="A", message_id_domain="b.example")
SENDERS = SenderSettings(roster=Path("roster.csv"))
SIZE = 200_000


def shared_sectors() -> bytes:
    """An Outlook item of 200 files whose directory entries all name the sectors of the first one."""
    big = b"A" * SIZE
    files = [ItemFile(long_name="0.pdf", content=big)] + [
        ItemFile(long_name=f"{number}.pdf", content=b"B" * 5000) for number in range(1, 200)
    ]
    raw = bytearray(outlook_item.outlook_item(*files))
    name = "__substg1.0_37010102".encode("utf-16-le")
    entries = [at for at in range(512, len(raw), 128) if raw.startswith(name, at)]
    first = next(at for at in entries if struct.unpack_from("<I", raw, at + 120)[0] == SIZE)
    for at in entries:
        raw[at + 116 : at + 124] = raw[first + 116 : first + 124]
    assert len(entries) == 200
    return bytes(raw)


def uuencoded(count: int) -> bytes:
    block = b"begin 644 a.pdf\r\n" + b"M" * 61 + b"\r\n`\r\nend\r\n"
    return head() + b"Content-Type: text/plain\r\n\r\n" + block * count


MAILS = {
    "200 files over the same sectors": lambda: submission(File(name=b"a.msg", content=shared_sectors())),
    "a winmail.dat of 300 files": lambda: submission(
        File(
            name=b"winmail.dat",
            content=tnef.winmail(*[TnefFile(long_name=f"{number}.pdf", content=b"x" * 900) for number in range(300)]),
        )
    ),
    "messages in messages": lambda: hostile_mails.nested_messages(200),
    "300 uuencoded files": lambda: uuencoded(300),
    "a Word file that unfolds to 60 MB": lambda: submission(File(name=b"a.docx", content=office.docx_bomb(60))),
    "a PNG of 900 million points": lambda: submission(File(name=b"a.png", content=pictures.png_bomb())),
    "a zip in a zip": lambda: submission(File(name=b"a.zip", content=archives.zipped({"b.zip": archives.zipped()}))),
    "300 copies of one file": lambda: hostile_mails.many_files(300, pdf.pdf()),
    "100 names of 3,000 letters": lambda: submission(
        *(File(name=b"n" * 3000 + b"%d.txt" % number, content=b"words %d" % number) for number in range(200))
    ),
    "1,000 texts": lambda: head() + parts(*[text_part(b"word " * 40)] * 1000),
}


@pytest.mark.parametrize("what", MAILS)
def test_the_files_of_a_mail_are_no_longer_than_three_times_the_mail(what: str) -> None:
    raw = MAILS[what]()
    email = parse(raw, digest="0" * 64, limits=LimitSettings(), office=OFFICE, senders=SENDERS, two_letter_prefixes=())
    assert sum(len(attachment.content) for attachment in email.attachments) <= 3 * len(raw) + 4096
    assert len(email.attachments) <= LimitSettings().max_parts + 1
    assert (
        sum(map(len, (email.body.full, email.body.new, email.body.quoted, email.body.forwarded))) <= 8 * len(raw) + 4096
    )
    assert all(len(attachment.safe_name.encode()) < 256 for attachment in email.attachments)


def _bytes_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_all_that_they_leave_on_disk_is_a_few_times_their_size(tmp_path: Path) -> None:
    """6 s: archive, documents, notices and rows, after every stage; the spool is empty."""
    raws = [make().replace(b"<hostile@", b"<hostile.%d@" % number) for number, make in enumerate(MAILS.values())]
    rows = Rows(f"sqlite:///{tmp_path}/inboxd.sqlite")
    before = _bytes_under(tmp_path)
    outcome = campaign.run(rows, tmp_path / "office", raws)
    rows.database.close()
    assert not outcome.complaints, outcome.complaints
    assert _bytes_under(tmp_path) - before < 3 * sum(map(len, raws)) + 2_000_000
    assert not list((tmp_path / "office" / "data" / "spool").glob(SPOOLED))
    assert outcome.most_grown_bytes < 200 * 1024 * 1024
    assert outcome.look_bytes < 300 * 1024 * 1024

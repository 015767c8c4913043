"""A seeded mailbox of mixed mails, written straight into a maildir: what an inbox holds after an outage.

Of a hundred mails sixty are small texts, thirty bring one to three documents of 50-400 kB, ten are HTML with a long
quoted thread; one in a thousand has 10 MB. Texts are those that the second reader learns from, people are invented,
files are sound and hold noise that nothing compresses. The same seed gives the same bytes.
"""

from __future__ import annotations

import base64
import html
import json
import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tests.files import pdf
from tests.office import GATEWAY, INBOX, PROJECT

BEGAN = datetime.fromisoformat("2026-11-03T13:00:00+00:00")
OFFICES, STAFF = 300, 4
RECORDS = 400
HUGE_BYTES = 10 * 1024 * 1024
PHRASE = "MCMPS attachment - Fichier joint CMDS"


def roster() -> str:
    """A roster file with every sender."""
    rows = ["office,member,kind,riding,province,language,phone,address,valid_from,valid_until"]
    for office in range(OFFICES):
        language, province = ("fr", "QC") if office % 4 == 0 else ("en", "ON")
        for person in range(STAFF):
            rows.append(f"b{office},Member {office},mp,Riding {office},{province},{language},613-555-0100,"
                        f"{address(office, person)},,")
    return "\n".join(rows) + "\n"


def register() -> str:
    """A register file with the records that documents go to."""
    rows = ["number,family_name,given_name,date_of_birth,uci"]
    rows += [f"{number(at)},Okonjo{at},Amara,1984-06-30,{uci(at)}" for at in range(RECORDS)]
    return "\n".join(rows) + "\n"


def address(office: int, person: int) -> str:
    return f"staff{person}.b{office}@parl.example"


def number(at: int) -> str:
    return f"E{200_000_000 + at}"


def uci(at: int) -> str:
    return f"11-2222-{1000 + at}"


def write(maildir: Path, count: int, seed: int, owner: tuple[int, int]) -> int:
    """Write `count` mails into `maildir`/new. Returns their size on the server, with CRLF, in bytes."""
    for name in ("cur", "new", "tmp"):
        folder = maildir / name
        folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for at, raw in enumerate(mails(count, seed)):
        stored = raw.replace(b"\r\n", b"\n")
        name = f"{1_793_710_800 + at}.M{at}P{seed}.bench,S={len(stored)},W={len(raw)}"
        (maildir / "new" / name).write_bytes(stored)
        total += len(raw)
    for folder, _, files in os.walk(maildir.parent):
        for path in (Path(folder), *(Path(folder) / file for file in files)):
            os.chown(path, *owner)
    return total


def mails(count: int, seed: int) -> Iterator[bytes]:
    """The mails, with CRLF, in the order in which they arrived."""
    chance = random.Random(seed)
    texts = [json.loads(line)["text"] for name in ("en_all", "fr_all", "critical", "francais")
             for line in (PROJECT / "training" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    noise = chance.randbytes(HUGE_BYTES)
    for at in range(count):
        kind = at * 37 % 100
        text = chance.choice(texts)
        if at % 1000 == 500:
            yield _submission(chance, at, [_scan(chance, noise, HUGE_BYTES * 7 // 10)])
        elif kind < 60:
            yield _head(chance, at, _subject(text)) + _plain(text)
        elif kind < 90:
            several = chance.choices((1, 2, 3), (45, 30, 25))[0]
            sizes = [int(chance.triangular(50_000, 400_000, 60_000)) for _ in range(several)]
            yield _submission(chance, at, [_scan(chance, noise, size) for size in sizes])
        else:
            yield _head(chance, at, "RE: " + _subject(text)) + _page(chance, text, texts)


def _head(chance: random.Random, at: int, subject: str) -> bytes:
    sender = address(chance.randrange(OFFICES), chance.randrange(STAFF))
    date = (BEGAN + timedelta(seconds=at)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    subject = base64.b64encode(subject.encode()).decode()
    hops = "".join(f"Received: from mx{hop}.parl.example (mx{hop}.parl.example [192.0.2.{hop}])\r\n"
                   f" by mx{hop - 1}.ircc.example with ESMTPS id {at:08x}{hop}; {date}\r\n" for hop in (3, 2, 1))
    return (f"Return-Path: <{sender}>\r\n"
            f"Authentication-Results: {GATEWAY}; spf=pass smtp.mailfrom=parl.example;\r\n"
            f" dkim=pass header.d=parl.example; dmarc=pass header.from=parl.example\r\n{hops}"
            f"From: Office <{sender}>\r\nTo: {INBOX}\r\nSubject: =?utf-8?b?{subject}?=\r\nDate: {date}\r\n"
            f"Message-ID: <mixed-{chance.getrandbits(48):012x}-{at}@parl.example>\r\nMIME-Version: 1.0\r\n").encode()


def _subject(text: str) -> str:
    return " ".join(text.split()[:5])[:60]


def _plain(text: str) -> bytes:
    kind = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return kind + _lines(text.encode())


def _lines(raw: bytes) -> bytes:
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")


def _page(chance: random.Random, text: str, texts: list[str]) -> bytes:
    thread = "".join(
        f"<blockquote><div>On Monday, Office wrote:</div><p style='margin:0cm'>{html.escape(chance.choice(texts))}</p>"
        for _ in range(30)
    ) + "</blockquote>" * 30
    page = f"<html><head><style>p {{ margin: 0 }}</style></head><body><p>{html.escape(text)}</p>{thread}</body></html>"
    body = b"--cut\r\n" + _plain(text) + b"--cut\r\nContent-Type: text/html; charset=utf-8\r\n"
    body += b"Content-Transfer-Encoding: base64\r\n\r\n" + _lines(page.encode()) + b"--cut--\r\n"
    return b'Content-Type: multipart/alternative; boundary="cut"\r\n\r\n' + body


def _scan(chance: random.Random, noise: bytes, size: int) -> bytes:
    begin = chance.randrange(max(1, len(noise) - size))
    mark = chance.randbytes(8)  # so that no two files are the same
    return pdf.changed(lambda made: made.pages[0].obj.__setitem__(
        "/Thumb", made.make_stream(mark + noise[begin:begin + size])))


def _submission(chance: random.Random, at: int, files: list[bytes]) -> bytes:
    record = chance.randrange(RECORDS)
    words = f"Please add these to the application of Amara Okonjo{record}, UCI {uci(record)}.\nShe consents.\n"
    parts = [b"--cut\r\n" + _plain(words)]
    parts += [
        b'--cut\r\nContent-Type: application/pdf; name="scan %d.pdf"\r\nContent-Disposition: attachment;\r\n'
        b' filename="scan %d.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n' % (place, place) + _lines(content)
        for place, content in enumerate(files, start=1)
    ]
    kind = b'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n'
    return _head(chance, at, f"{PHRASE} {number(record)}") + kind + b"".join(parts) + b"--cut--\r\n"

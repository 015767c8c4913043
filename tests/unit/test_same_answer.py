"""Same mail, same rules, same answer: however its words are encoded, wrapped, ordered in the header or put in HTML."""

from __future__ import annotations

import html
import json
import quopri
import textwrap
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime
from email.header import Header
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd import parsers, triage
from inboxd.mail import Facts, Taken
from inboxd.settings import read_settings
from inboxd.triage import Rules
from tests.office import PROJECT, Server, write_office
from tests.remembered import read_rules

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
NAMES = ("critical", "en_all", "fr_all", "not_met", "urgent_complex")
HEAD = (
    "From: A. Person <a.person@parl.example>", "To: service@mcmps.example", "Message-ID: <one@parl.example>",
    "Date: Thu, 12 Nov 2026 10:00:00 -0500", "MIME-Version: 1.0",
    "Authentication-Results: mx.ircc.example; dmarc=pass header.from=parl.example",
)  # fmt: skip


def some_texts() -> list[str]:
    found = []
    for name in NAMES:
        rows = (PROJECT / "training" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        found += [json.loads(row)["text"] for row in rows[::7]]
    return found


TEXTS = some_texts()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="us", password="x")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=1))))[0]


def mail(body: bytes, *headers: str, subject: str = "Question", order: list[str] | None = None) -> bytes:
    head = [*(order or HEAD), f"Subject: {subject}", *headers]
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body


def plain(text: str) -> bytes:
    return mail(text.replace("\n", "\r\n").encode(), "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 8bit")


def quoted_printable(text: str) -> bytes:
    return mail(quopri.encodestring(text.encode(), quotetabs=False), "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable")


def base64(text: str) -> bytes:
    return mail(encodebytes(text.replace("\n", "\r\n").encode()), "Content-Type: text/plain; charset=UTF-8",
                "Content-Transfer-Encoding: base64")


def windows(text: str) -> bytes:
    """In windows-1252 where that has all its letters."""
    try:
        raw = text.encode("windows-1252")
    except UnicodeEncodeError:
        return utf16(text)
    return mail(encodebytes(raw), "Content-Type: text/plain; charset=windows-1252", "Content-Transfer-Encoding: base64")


def utf16(text: str) -> bytes:
    return mail(encodebytes(text.encode("utf-16")), "Content-Type: text/plain; charset=utf-16",
                "Content-Transfer-Encoding: base64")


def in_html(text: str) -> bytes:
    """As a mail client writes it: a paragraph each, breaks within, every letter that is not ASCII as an entity."""
    paragraphs = [html.escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n")]
    body = "".join(f"<p class=MsoNormal>{part}</p>\r\n" for part in paragraphs)
    raw = f"<html><head><style>p {{margin:0}}</style></head><body>{body}</body></html>"
    return mail(raw.encode("ascii", "xmlcharrefreplace"), "Content-Type: text/html; charset=us-ascii")


def in_both(text: str) -> bytes:
    """text/plain and text/html side by side, as Outlook and the phones send it."""
    parts = [plain(text), in_html(text)]
    inner = [part.split(b"\r\n\r\n", 1) for part in parts]
    heads = [b"\r\n".join(line for line in head.split(b"\r\n") if line.startswith(b"Content-")) for head, _ in inner]
    body = b"".join(
        b"--edge\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
        for head, (_, content) in zip(heads, inner, strict=True)
    )
    return mail(body + b"--edge--\r\n", 'Content-Type: multipart/alternative; boundary="edge"')


def wrapped(text: str) -> bytes:
    """Wrapped hard at 70 columns, as old clients do."""
    lines = [textwrap.fill(part, 70, break_long_words=False, break_on_hyphens=False) if part else ""
             for part in text.split("\n")]
    return plain("\n".join(lines))


def flowed(text: str) -> bytes:
    """RFC 3676: soft line breaks end in a space."""
    lines = [" \r\n".join(textwrap.wrap(part, 66, break_long_words=False, break_on_hyphens=False)) if part else ""
             for part in text.split("\n")]
    return mail("\r\n".join(lines).encode(), "Content-Type: text/plain; charset=utf-8; format=flowed",
                "Content-Transfer-Encoding: 8bit")


def header_in_another_order(text: str) -> bytes:
    body = plain(text).split(b"\r\n\r\n", 1)[1]
    return mail(body, "Content-Transfer-Encoding: 8bit", "Content-Type: text/plain; charset=utf-8",
                order=list(reversed(HEAD)))


def subject_as_encoded_word(text: str) -> bytes:
    raw = plain(text)
    return raw.replace(b"Subject: Question", b"Subject: " + Header("Question", "utf-8").encode().encode())


def answer(rules: Rules, raw: bytes) -> dict[str, object]:
    """What the office would see: category, clock, the criteria that hit and their words, what was set aside."""
    chosen = rules.settings
    email = parsers.parse_under(chosen, raw, digest="d")
    taken = Taken(mail_id=1, digest="d", size=len(raw), account="main", folder="INBOX", arrived_at=NOW, attempts=1)
    facts = Facts.of_an_empty_store(taken)
    plan = triage.decide(email, facts, rules, NOW)

    def words(text: str) -> str:
        return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())

    return {
        "route": plan.verdict.route, "language": email.language, "numbers": email.numbers,
        "cases": [(case.category, case.deadline.reply_by, case.criteria) for case in plan.cases],
        "hits": sorted((hit.criterion, hit.where, words(hit.words)) for hit in plan.verdict.hits),
        "aside": sorted((item.criterion, words(item.words), item.because) for item in plan.verdict.excluded),
    }


WAYS: list[Callable[[str], bytes]] = [
    quoted_printable, base64, windows, utf16, in_html, in_both, wrapped, flowed, header_in_another_order,
    subject_as_encoded_word,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@settings(max_examples=25, deadline=None)
@given(text=st.sampled_from(TEXTS))
def test_the_same_words_get_the_same_answer(way: Callable[[str], bytes], text: str, rules: Rules) -> None:
    assert answer(rules, way(text)) == answer(rules, plain(text))

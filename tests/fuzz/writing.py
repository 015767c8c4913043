"""A mail from nothing: header fields, texts and files as offices, machines and attackers write them.

Everything comes from the `Random` that is given: the same one, the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Sequence
from random import Random

from tests.fuzz import pool
from tests.fuzz.words import (
    BAIT,
    CHARSETS,
    CLIENTS,
    DATES,
    INJECTIONS,
    MACHINE_FIELDS,
    NUMBERS,
    OTHERS,
    SUBJECTS,
    TEXTS,
)
from tests.office import GATEWAY, INBOX


def word(rng: Random, text: str) -> str:
    """An encoded word (RFC 2047) of some kind, sound or not."""
    charset = rng.choice(CHARSETS)
    try:
        raw = text.encode(charset or "ascii", "replace")
    except (LookupError, ValueError):
        raw = text.encode("utf-8", "replace")
    if rng.random() < 0.5:
        body = base64.b64encode(raw).decode()
        return f"=?{charset}?{rng.choice('bB')}?{body[: len(body) - rng.choice((0, 0, 0, 1, 2))]}?="
    quoted = quopri.encodestring(raw, header=True).decode("latin-1").replace("=\n", "")
    return f"=?{charset}?{rng.choice('qQ')}?{quoted}?="


def phrase(rng: Random, text: str) -> str:
    """Text for a header field: as it is, encoded, in pieces, folded, or with something injected."""
    match rng.randrange(8):
        case 0:
            return word(rng, text)
        case 1:
            at = rng.randint(0, len(text))
            return f"{word(rng, text[:at])} {rng.choice(('', chr(13) + chr(10) + ' '))}{word(rng, text[at:])}"
        case 2:
            at = rng.randint(0, len(text))
            return f"{text[:at]}{rng.choice(INJECTIONS)}{text[at:]}"
        case 3:
            return text.replace(" ", rng.choice(("\r\n ", "\r\n\t", "\u00a0", "  ", "\r\n  \r\n ")))
        case _:
            return text


def mailbox(rng: Random, address: str) -> str:
    """An address as it may stand in a From field, odd ones among them."""
    match rng.randrange(12):
        case 0:
            return address
        case 1:
            return f'"{BAIT}" <{address}>'
        case 2:
            return f"{phrase(rng, 'Staff of Alma Rivers')} <{address}>"
        case 3:
            return f"({BAIT}) {address} (comment (nested) )"
        case 4:
            return f"{word(rng, f'A <{BAIT}>')} <{address}>"
        case 5:
            return f"<{address}"
        case 6:
            return f"{address}, {BAIT}"
        case 7:
            return f'"{rng.choice(INJECTIONS)}" <{address}>'
        case _:
            return f"Staff of Alma Rivers <{address}>"


def _verdict(rng: Random, domain: str) -> list[str]:
    """What gateways say of the sender: ours mostly, now and then another's, a forged one, several, none."""
    ours = f"Authentication-Results: {GATEWAY}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
    failed = f"Authentication-Results: {GATEWAY}; dmarc=fail header.from={domain}"
    forged = f"Authentication-Results: mx.attacker.example; dmarc=pass header.from={domain}"
    match rng.randrange(12):
        case 0:
            return [failed]
        case 1:
            return [forged]
        case 2:
            return [failed, ours]
        case 3:
            return []
        case 4:
            return [f"Authentication-Results: {GATEWAY}; dmarc=pass header.from=evil.example"]
        case 5:
            return [f"Authentication-Results: {phrase(rng, GATEWAY)}; dmarc=pass"]
        case _:
            return [ours]


def head(rng: Random, number: int) -> tuple[list[str], str]:
    """Header fields, and the application number that the mail is about. `number` makes the Message-ID its own."""
    about = rng.choice(NUMBERS)
    sender = rng.choice(CLIENTS) if rng.random() < 0.6 else rng.choice(OTHERS)
    if rng.random() < 0.5:
        sender = f"office{rng.randrange(400)}@parl.example"
    fields = [
        f"Return-Path: <{rng.choice((sender, sender, BAIT, ''))}>",
        *_verdict(rng, sender.rpartition("@")[2]),
        f"From: {mailbox(rng, sender)}",
        f"To: {phrase(rng, 'MCMPS')} <{INBOX}>",
        f"Subject: {phrase(rng, rng.choice(SUBJECTS).format(number=about))}",
        f"Date: {rng.choice(DATES)}",
        f"Message-ID: <fuzz.{number}.{rng.getrandbits(48):x}@parl.example>",
    ]
    if rng.random() < 0.3:
        fields.append(f"Reply-To: {mailbox(rng, BAIT)}")
    if rng.random() < 0.2:
        fields.append(f"Cc: {', '.join([BAIT] * rng.choice((1, 2, 60)))}")
    if rng.random() < 0.15:
        fields.append(rng.choice(MACHINE_FIELDS))
    if rng.random() < 0.1:
        fields.append(f"Sender: {BAIT}\r\nErrors-To: {BAIT}\r\nDisposition-Notification-To: {BAIT}")
    if rng.random() < 0.1:
        fields.append(
            f"In-Reply-To: <{rng.choice(INJECTIONS)}@parl.example>\r\nReferences: "
            + " ".join(f"<r{count}@parl.example>" for count in range(rng.choice((1, 3, 200))))
        )
    if rng.random() < 0.05:
        fields.append(f"X-Long: {'word ' * rng.choice((100, 4000))}")
    return fields, about


def _name(rng: Random, name: str) -> str:
    """A file name parameter in one of its many forms."""
    match rng.randrange(8):
        case 0:
            return f"name*=utf-8''{''.join(f'%{octet:02X}' for octet in name.encode())}"
        case 1:
            return f'name*0="{name[:4]}"; name*1="{name[4:]}"'
        case 2:
            return f'name="{word(rng, name)}"'
        case 3:
            return f'name="{rng.choice(INJECTIONS)}{name}"'
        case 4:
            return f'name="../..\\{name}\0.exe"'
        case 5:
            return f"name={name}"
        case _:
            return f'name="{name}"'


def encoded(rng: Random, content: bytes) -> tuple[str, bytes]:
    """A transfer encoding and the bytes in it; sometimes another one than is said."""
    match rng.randrange(10):
        case 0:
            return "quoted-printable", binascii.b2a_qp(content, istext=False)
        case 1:
            return rng.choice(("8bit", "binary", "", "x-unknown", "7bit")), content
        case 2:
            lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
            return "x-uuencode", b"begin 644 a.pdf\r\n" + b"".join(lines) + b"`\r\nend\r\n"
        case 3:
            return "base64", base64.b64encode(content)
        case _:
            return "base64", base64.encodebytes(content).replace(b"\n", b"\r\n")


def file_part(rng: Random) -> bytes:
    """A part with a file of the pool."""
    file = rng.choice(pool.sound()) if rng.random() < 0.5 else rng.choice(pool.contents())
    kind = (
        file.media_type
        if rng.random() < 0.8
        else rng.choice(("application/octet-stream", "text/plain", "image/png", "x/y", "/"))
    )
    coding, body = encoded(rng, file.content)
    where = rng.choice(("attachment", "attachment", "attachment", "inline", "form-data", ""))
    disposition = f"Content-Disposition: {where}; file{_name(rng, file.name)}\r\n" if rng.random() < 0.9 else ""
    lines = f"Content-Type: {kind}; {_name(rng, file.name)}\r\n{disposition}Content-Transfer-Encoding: {coding}\r\n\r\n"
    return lines.encode("utf-8", "replace") + body


def text_part(rng: Random, about: str) -> bytes:
    """A text, plain or HTML, in some charset and encoding."""
    text = "".join(rng.choice(TEXTS) for _ in range(rng.choice((1, 1, 2, 3)))).format(number=about)
    if rng.random() < 0.15:
        text += rng.choice(INJECTIONS)
    page = rng.random() < 0.3
    if page:
        shown = text.replace("\n", "<br>")
        text = f"<html><body><p>{shown}</p><img src=cid:x><!-- {rng.choice(INJECTIONS)} --></body></html>"
    charset = rng.choice(CHARSETS)
    try:
        raw = text.encode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        raw = text.encode("utf-8", "replace")
    coding, body = encoded(rng, raw) if rng.random() < 0.4 else ("8bit", raw)
    kind = "text/html" if page else "text/plain"
    return f'Content-Type: {kind}; charset="{charset}"\r\nContent-Transfer-Encoding: {coding}\r\n\r\n'.encode() + body


def multipart(rng: Random, parts: Sequence[bytes], kind: str = "mixed") -> bytes:
    """Parts under one boundary, which is now and then not what it should be."""
    mark = rng.choice(
        ("=_part", "cut", "----=_NextPart_000", "a b", "'()+_,-./:=?", "x" * 70, f"b{rng.getrandbits(32):x}")
    )
    used = mark if rng.random() < 0.95 else mark + "y"
    end = f"--{used}--\r\n" if rng.random() < 0.93 else ""
    lines = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
    return lines + b"".join(f"--{used}\r\n".encode() + part + b"\r\n" for part in parts) + end.encode()


def _report(rng: Random) -> bytes:
    """A delivery report, more or less (RFC 3464)."""
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
        "Final-Recipient: rfc822; "
        f"{rng.choice(CLIENTS)}\r\nAction: {rng.choice(('failed', 'delayed', 'delivered', rng.choice(INJECTIONS)))}\r\n"
        f"Status: {rng.choice(('5.1.1', '4.2.2', '', '9.9.9.9'))}\r\n"
    )
    returned = b"Content-Type: message/rfc822\r\n\r\n" + letter(rng, 0, deep=5)
    parts = [text_part(rng, "E123456789"), status.encode("utf-8", "replace"), returned]
    return multipart(rng, parts[: rng.randint(1, 3)], "report; report-type=delivery-status")


def body(rng: Random, about: str, deep: int) -> bytes:
    """Content fields and the body: one text, texts and files, nested mails, reports, calendars."""
    match rng.randrange(14) if deep < 4 else rng.randrange(3):
        case 0 | 1:
            return text_part(rng, about)
        case 2:
            return file_part(rng)
        case 3:
            return multipart(rng, [text_part(rng, about), text_part(rng, about)], "alternative")
        case 4:
            return multipart(
                rng, [text_part(rng, about), b"Content-Type: message/rfc822\r\n\r\n" + letter(rng, 0, deep=deep + 1)]
            )
        case 5:
            return _report(rng)
        case 6:
            return multipart(
                rng,
                [body(rng, about, deep + 1) for _ in range(rng.choice((0, 1, 2, 30)))],
                rng.choice(("mixed", "related", "digest", "signed", "parallel", "x-odd")),
            )
        case 7:
            inner = b"Content-Type: text/plain\r\n\r\ndeep\r\n"
            for _ in range(rng.choice((5, 25, 120))):
                inner = multipart(rng, [inner])
            return inner
        case _:
            count = rng.choice((1, 1, 1, 2, 3, 6))
            return multipart(rng, [text_part(rng, about), *(file_part(rng) for _ in range(count))])


def letter(rng: Random, number: int, deep: int = 0) -> bytes:
    """A whole mail."""
    fields, about = head(rng, number)
    if rng.random() < 0.1:
        rng.shuffle(fields)
    lines = "\r\n".join([*fields, "MIME-Version: 1.0", ""]).encode("utf-8", "surrogatepass")
    return lines + body(rng, about, deep)

"""Files that hold files are opened one level, by what their bytes are: attached mails, winmail.dat, Outlook items."""

from __future__ import annotations

import base64
import dataclasses
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.documents import Attachment
from inboxd.parsers.attachments import attachments
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings
from tests.files.outlook_item import ItemFile, item_streams, outlook_item
from tests.files.tnef import TnefFile, winmail

LIMITS = LimitSettings()
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HEAD = b"From: Ana Pell <ana.pell@parl.example>\r\nDate: Mon, 02 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n"
TNEF, ITEM, EML = "application/vnd.ms-tnef", "application/vnd.ms-outlook", "message/rfc822"


def part(content: bytes, kind: str = "application/pdf", name: str = "a.pdf") -> bytes:
    lead = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment\r\n'
    lead += "Content-Transfer-Encoding: base64\r\n\r\n"
    return lead.encode() + base64.encodebytes(content)


def eml(*parts: bytes, to: bytes = b"To: mcmps@office.example\r\n", kind: bytes = b"mixed") -> bytes:
    text = b"Content-Type: text/plain\r\n\r\nplease find attached"
    body = b"".join(b"--cut\r\n" + one + b"\r\n" for one in (text, *parts)) + b"--cut--\r\n"
    return HEAD + to + b"Content-Type: multipart/" + kind + b"; boundary=cut\r\n\r\n" + body


def nested_in(raw: bytes) -> bytes:
    """The same, with another boundary, so that it can stand in another mail."""
    return raw.replace(b"boundary=cut", b"boundary=in").replace(b"--cut", b"--in")


def files(raw: bytes) -> tuple[Attachment, ...]:
    return attachments(read(raw, LIMITS), LIMITS)[0]


def shape(raw: bytes) -> list[tuple[str, str, str, bool]]:
    return [(one.path, one.safe_name, one.sniffed_type, one.opened) for one in files(raw)]


MESSAGE = nested_in(eml(part(PDF, name="deep.pdf")))
WRAPPINGS = {
    "winmail.dat": (winmail(TnefFile(content=PDF, title=b"deep.pdf")), TNEF, "2/1"),
    "papers.msg": (outlook_item(ItemFile(content=PDF, long_name="deep.pdf")), ITEM, "2/1"),
    "papers.eml": (MESSAGE, EML, "2/2"),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("declared", ["right", "application/octet-stream", "application/pdf", "text/plain", "x/y"])
@pytest.mark.parametrize("name", ["right", "papers.pdf", "ATT00017.dat", ""])
def test_a_wrapping_is_opened_whatever_it_is_called(wrapping: str, declared: str, name: str) -> None:
    content, kind, path = WRAPPINGS[wrapping]
    found = files(eml(part(content, kind if declared == "right" else declared, wrapping if name == "right" else name)))
    assert [(one.path, one.sniffed_type, one.opened) for one in found] == [
        ("2", kind, True),
        (path, "application/pdf", False),
    ]
    assert (found[0].content, found[1].content, found[1].safe_name) == (content, PDF, "deep.pdf")


def test_an_attached_message_in_its_own_words_is_opened() -> None:
    assert shape(eml(b"Content-Type: message/rfc822\r\n\r\n" + MESSAGE)) == [
        ("2", "part-2.eml", EML, True),
        ("2/2", "deep.pdf", "application/pdf", False),
    ]


def test_an_attached_message_without_a_file_was_opened_too() -> None:
    assert shape(eml(b"Content-Type: message/rfc822\r\n\r\nFrom: a@home.example\r\nSubject: x\r\n\r\nhello"))[0][3]


def test_a_mail_that_is_nothing_but_a_wrapping_is_opened() -> None:
    raw = HEAD + part(WRAPPINGS["winmail.dat"][0], "application/ms-tnef", "winmail.dat")
    assert [one[:2] for one in shape(raw)] == [("1", "winmail.dat"), ("1/1", "deep.pdf")]


@pytest.mark.parametrize("outer", WRAPPINGS)
@pytest.mark.parametrize("inner", WRAPPINGS)
def test_what_is_wrapped_twice_stays_one_file(outer: str, inner: str) -> None:
    content, kind, _ = WRAPPINGS[inner]
    if outer == "winmail.dat":
        wrapped = winmail(TnefFile(content=content, title=inner.encode()))
    elif outer == "papers.msg":
        wrapped = outlook_item(ItemFile(content=content, long_name=inner))
    else:
        wrapped = nested_in(eml(part(content.replace(b"--in", b"--deep"), "application/octet-stream", inner)))
    found = shape(eml(part(wrapped, "application/octet-stream", "outer")))
    assert [(one[1], one[3]) for one in found] == [("outer", True), (inner, False)]
    assert found[1][2] == kind or kind == EML


def test_items_in_items_stay_one_file() -> None:
    inner = ItemFile(method=5, display_name="FW: papers", item=item_streams(ItemFile(content=PDF, long_name="x.pdf")))
    assert shape(eml(part(outlook_item(inner), ITEM, "a.msg")))[1:] == [("2/1", "FW_ papers.msg", ITEM, False)]
    item = TnefFile(item=winmail(TnefFile(content=PDF, title=b"x.pdf")), subject="FW: papers")
    assert shape(eml(part(winmail(item), "application/ms-tnef", "winmail.dat")))[1:] == [
        ("2/1", "FW_ papers.msg", TNEF, False)
    ]


def test_names_in_and_beside_a_wrapping_are_told_apart() -> None:
    wrapped = winmail(TnefFile(content=PDF, title=b"a.pdf"), TnefFile(content=PDF, title=b"A.PDF"))
    found = files(eml(part(PDF), part(wrapped, "application/ms-tnef", "winmail.dat")))
    assert [one.safe_name for one in found] == ["a.pdf", "winmail.dat", "a (2).pdf", "A (3).PDF"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"From: Ana\r\nTo: Bo\r\nSubject: notes\r\nDate: yesterday\r\n\r\nwe met", "notes.txt"),
        (b"From: <Saved by a browser>\r\nSubject: x\r\nDate: Mon, 2 Nov 2026\r\nMIME-Version: 1.0\r\n"
         b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--", "page.mht"),
        (b"no header here", "notes.eml"),
        (b"%PDF-1.4\nDate: x\n", "scan.eml"),
        (b"\nstray\nDate: x\n%PDF-1.4\n", "scan.eml"),
        (b"\x78\x9f\x3e", "winmail.dat"),
        (WRAPPINGS["papers.msg"][0][:600], "cut.msg"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_wrapping_is_a_file(content: bytes, name: str) -> None:
    assert [one.opened for one in files(eml(part(content, "application/octet-stream", name)))] == [False]


def test_mail_that_a_bounce_returns_is_not_opened() -> None:
    raw = eml(part(MESSAGE, EML, "x.eml"), part(*WRAPPINGS["winmail.dat"][:2], "w.dat"), kind=b"report")
    assert [one.opened for one in files(raw)] == [False, False]


@pytest.mark.parametrize(
    ("content", "defect"),
    [
        (WRAPPINGS["winmail.dat"][0][:-120], "tnef_damaged"),
        (MESSAGE.replace(base64.encodebytes(PDF), b"JVBERi0x*!LjQKM\r\n"), "base64_damaged"),
    ],
)
def test_what_is_lost_in_a_wrapping_is_a_defect_of_the_mail(content: bytes, defect: str) -> None:
    assert defect in attachments(read(eml(part(content, "application/octet-stream", "x")), LIMITS), LIMITS)[1]


def test_a_wrapping_holds_no_more_files_than_a_mail_may() -> None:
    limits = LimitSettings(max_parts=10)
    for content in (
        winmail(*(TnefFile(content=PDF, title=b"a.pdf") for _ in range(30))),
        outlook_item(*(ItemFile(content=PDF, long_name="a.pdf") for _ in range(30))),
        nested_in(eml(*(part(PDF) for _ in range(30)))),
    ):
        found, defects, _ = attachments(read(eml(part(content, "application/octet-stream", "x")), limits), limits)
        assert len(found) <= 12
        assert "too_many_parts" in defects


def holding(kind: str, count: int) -> bytes:
    """A wrapping with so many files."""
    if kind == "winmail.dat":
        return winmail(*(TnefFile(content=PDF, title=b"a.pdf") for _ in range(count)))
    if kind == "papers.msg":
        return outlook_item(*(ItemFile(content=PDF, long_name="a.pdf") for _ in range(count)))
    return nested_in(eml(*(part(PDF) for _ in range(count))))


@given(st.lists(st.tuples(st.sampled_from(sorted(WRAPPINGS)), st.integers(0, 7)), max_size=6))
def test_all_wrappings_of_a_mail_hold_no_more_files_than_a_mail_may(wrappings: list[tuple[str, int]]) -> None:
    limits = LimitSettings(max_parts=12)
    raw = eml(*(part(holding(*each), "application/octet-stream", "x") for each in wrappings))
    found, defects, _ = attachments(read(raw, limits), limits)
    inner = [one for one in found if "/" in one.path]
    assert len(found) - len(inner) == len(wrappings)
    assert len(inner) <= 12
    assert len(inner) == sum(count for _, count in wrappings) or "too_many_parts" in defects
    if sum(count + 3 for _, count in wrappings) <= 12:  # the parts of an attached message count as the mail's own do
        assert "too_many_parts" not in defects


def test_many_wrappings_of_many_files_take_no_time() -> None:
    raw = eml(*(part(holding("winmail.dat", 300), "application/ms-tnef", "winmail.dat") for _ in range(70)))
    started = process_time()
    found, defects, _ = attachments(read(raw, LIMITS), LIMITS)
    assert (len(found), "too_many_parts" in defects) == (70 + LIMITS.max_parts, True)
    assert process_time() - started < 5


@given(st.sampled_from(sorted(WRAPPINGS)), st.data())
def test_a_changed_wrapping_is_a_file_or_opened_never_an_exception(name: str, data: st.DataObject) -> None:
    content = bytearray(WRAPPINGS[name][0])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = files(eml(part(bytes(content), "application/octet-stream", name)))
    assert found[0].content == bytes(content)
    assert found[0].opened or len(found) == 1
    assert all(dataclasses.is_dataclass(one) and one.safe_name for one in found)

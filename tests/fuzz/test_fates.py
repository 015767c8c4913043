"""What becomes of mails that are known to break mail systems, through every stage: each fate is named, none is lost.

The lines of docs/hostile-tests.md that are about one mail; those with a number in them are as large as it says.
"""

from __future__ import annotations

import re

import pytest

from benchmarks import hostile_mails
from benchmarks.letters import ASKING, QUESTION, SENDER, File, attached, head, letter, parts, submission, text_part
from tests.files import outlook_item, pdf, tnef
from tests.files.outlook_item import ItemFile
from tests.files.tnef import TnefFile
from tests.fuzz import campaign
from tests.office import PROJECT
from tests.scenarios.world import Rows

PAGE = PROJECT / "docs" / "hostile-tests.md"
PERSON = b"Ana P\xc3\xa9lissier <staff.rivers@parl.example>"
DOCUMENTS, ENQUIRY, NO_SENDER, UNREADABLE = (
    "submits_documents",
    "enquires",
    "without_a_sender NO_SENDER",
    "hold UNREADABLE",
)


def asked(number: int, raw: bytes) -> bytes:
    """With a Message-ID of its own, so that none is the same as another."""
    return raw.replace(b"<hostile@mail", b"<hostile.%d@mail" % number)


def wrapped(name: bytes, content: bytes, kind: bytes) -> bytes:
    return submission(File(name=name, content=content, kind=kind))


def _deep_item() -> bytes:
    inner = outlook_item.item_streams(ItemFile(long_name="letter.pdf", content=pdf.pdf()))
    item = outlook_item.outlook_item(ItemFile(method=5, item=inner, display_name="inside"))
    whole = head() + parts(
        text_part(), attached(File(name=b"mail.msg", content=item, kind=b"application/octet-stream"))
    )
    return outlook_item.outlook_item(ItemFile(long_name="mail.eml", content=whole))


FATES = {
    "no Message-ID": (letter(ASKING).replace(b"Message-ID: <hostile@mail.parl.example>\r\n", b""), ENQUIRY),
    "a Message-ID": (letter(ASKING), ENQUIRY),
    "the same Message-ID with other content": (letter(ASKING + b"\r\nAnd how is Ms B?\r\n"), ENQUIRY),
    "the same content with a Message-ID rewritten": (letter(ASKING + b" "), ENQUIRY),
    "no From": (letter(ASKING).replace(b"From: " + SENDER + b"\r\n", b""), NO_SENDER),
    'a From of <""@x>': (letter(ASKING, sender=b'<""@x>'), NO_SENDER),
    "a From of two people": (letter(ASKING, sender=b"a@parl.example, b@parl.example"), NO_SENDER),
    "UTF-8 by its label, cp1252 by its bytes": (
        letter("Désolé – l’été. When is it decided?".encode("cp1252")),
        ENQUIRY,
    ),
    "an unknown charset": (letter(ASKING, kind=b'text/plain; charset="x-klingon"'), ENQUIRY),
    "lone surrogates": (
        letter(
            "When? \ud800 \udfff".encode("utf-8", "surrogatepass"),
            subject="Question \udfff".encode("utf-8", "surrogatepass"),
        ),
        ENQUIRY,
    ),
    "accents in every field": (
        head("Été à Québec".encode(), sender=PERSON, more="X-Élan: œuvre\r\nOrganization: Été\r\n".encode())
        + parts(
            text_part("Quand la demande sera-t-elle décidée? Élève à Noël.\r\n".encode()),
            attached(File(name="été à Noël.pdf".encode(), content=pdf.pdf())),
        ),
        ENQUIRY,
    ),
    "1,500 multiparts, each in the last": (hostile_mails.nested_parts(), DOCUMENTS),
    "1,500 messages, each in the last": (hostile_mails.nested_messages(300), DOCUMENTS),
    "100,000 parts": (head() + parts(*[b""] * 100_000), DOCUMENTS),
    "20,000 recipients": (
        letter(ASKING, to=b", ".join(b"P %d <p.%d@parl.example>" % (count, count) for count in range(20_000))),
        ENQUIRY,
    ),
    "a header of 5 MB": (letter(ASKING, more=b"X-Note: " + b"word " * 2**20 + b"\r\n"), ENQUIRY),
    "5 MB of header fields": (letter(ASKING, more=b"X-Note: yes\r\n" * 400_000), ENQUIRY),
    "100,000 encoded words": (letter(ASKING, subject=b"\r\n ".join([b"=?utf-8?q?a?="] * 100_000)), ENQUIRY),
    "70 attachments": (hostile_mails.many_files(70), DOCUMENTS),
    "names with NUL and ../": (
        submission(
            *(
                File(name=name, content=pdf.pdf(text=name.hex()))
                for name in (
                    b"../../etc/passwd.pdf",
                    b"..\\..\\boot.pdf",
                    b"a\0b.pdf",
                    b"=?utf-8?q?=E2=80=AEfdp.exe?=",
                    b"=?utf-8?q?a=0D=0Ab?=",
                )
            )
        ),
        DOCUMENTS,
    ),
    "winmail.dat": (
        wrapped(
            b"winmail.dat",
            tnef.winmail(TnefFile(long_name="letter.pdf", content=pdf.pdf(text="tnef"))),
            b"application/ms-tnef",
        ),
        DOCUMENTS,
    ),
    ".msg in .eml in .msg": (wrapped(b"deep.msg", _deep_item(), b"application/vnd.ms-outlook"), DOCUMENTS),
    "an out-of-office in French, by its words alone": (
        letter(
            "Je suis absente du bureau jusqu'au 9 novembre. Je répondrai à mon retour.\r\n".encode(),
            subject="Réponse automatique : Question".encode(),
        ),
        "sent_by_a_machine",
    ),
    "no bytes of a mail": (bytes(range(256)), UNREADABLE),
    "one line end": (b"\r\n", UNREADABLE),
    "a mail of templates": (
        letter(
            b"{{ 7147 * 7147 }} {% for i in range(9) %}x{% endfor %} When is it decided?",
            subject=b"{{ self.__class__ }} {% include '/etc/passwd' %}",
        ),
        ENQUIRY,
    ),
    "a document with a name of templates": (
        submission(File(name=b"{{ 7147 * 7147 }}{% for i in range(9) %}x{% endfor %}.pdf", content=pdf.pdf(text="t"))),
        DOCUMENTS,
    ),
    "a Bcc in an encoded subject": (
        letter(ASKING, subject=QUESTION + b" =?utf-8?q?=0D=0ABcc:_victim=40bait.example?="),
        ENQUIRY,
    ),
    "a Bcc in an encoded name": (
        letter(ASKING, sender=b"=?utf-8?q?A=0D=0ABcc=3A_victim=40bait.example?= <staff.rivers@parl.example>"),
        ENQUIRY,
    ),
}


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """12 s: the largest mails there are go through every stage, one after the other."""
    root = tmp_path_factory.mktemp("fates")
    rows = Rows(f"sqlite:///{root}/inboxd.sqlite")
    same = ("a Message-ID", "the same Message-ID with other content")
    raws = [raw if name in same else asked(number, raw) for number, (name, (raw, _)) in enumerate(FATES.items())]
    outcome = campaign.run(rows, root / "office", raws)
    rows.database.close()
    assert not outcome.complaints, outcome.complaints
    return {name: outcome.fates[number] for number, name in enumerate(FATES)}


@pytest.mark.parametrize("name", FATES)
def test_its_fate(name: str, fates: dict[str, str]) -> None:
    assert fates[name].startswith(FATES[name][1]), fates[name]


def test_every_line_of_the_list_names_tests_that_exist() -> None:
    """docs/hostile-tests.md: each line has a test, each test its function or its folder."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    lines = [line for line in lines if not line.startswith("| what |")]
    assert len(lines) > 35
    for line in lines:
        named = re.findall(r"`(tests/[^`]+)`", line)
        assert named, line
        for place in named:
            path, _, function = place.partition("::")
            assert (PROJECT / path).exists(), place
            assert not function or f"def {function}(" in (PROJECT / path).read_text(encoding="utf-8"), place

"""What strangers write is shown, never obeyed: by no terminal, no spreadsheet, no browser, no template, no log reader.

Every field of a mail that can be quoted back holds every kind of injection; then every command that looks is given.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxd.reporting.sheets import opened
from inboxd.reporting.tables import Entry
from inboxd.tables import cases, mails
from tests.cli.conftest import Give
from tests.cli.worlds import every_row, office_of_commands
from tests.files.pdf import pdf
from tests.fuzz import sent
from tests.fuzz.words import CANARY, INJECTIONS
from tests.scenarios.posts import FakePost
from tests.scenarios.world import World

HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves a cursor, clears a screen, turns text around or forges a line."""
HEAD = (
    "Authentication-Results: mx.ircc.example; dmarc=pass header.from=parl.example\r\n"
    'From: "{said}" <{sender}>\r\nTo: MCMPS <mcmps-cmds@ircc.example>\r\nSubject: {subject}{said}\r\n'
    "Date: Mon, 02 Nov 2026 10:00:00 -0500\r\nMessage-ID: <{number}@parl.example>\r\n"
    "In-Reply-To: <{folded}@x.example>\r\n"
    "X-Mailer: {said}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n"
    "--cut\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text} {said}\r\n"
)
FILE = (
    '--cut\r\nContent-Type: application/pdf; name="{folded}.pdf"\r\nContent-Disposition: attachment; '
    "filename*=utf-8''{percent}.pdf\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)
KINDS = (
    (
        "MCMPS attachment - Fichier joint CMDS E123456789 ",
        "UCI 11-2222-3333, born 1984-06-30. We hold her consent.",
        True,
    ),
    ("MCMPS attachment - Fichier joint CMDS E12345678 ", "UCI 11-2222-3333", True),
    ("Urgent ", "Our constituent will be removed from Canada tomorrow morning.", False),
    ("Question ", "How long do applications take?", False),
)


def hostile(number: int, said: str, *, subject: str, text: str, with_file: bool, sender: str) -> bytes:
    folded = re.sub(r"[\r\n\"]", "_", said)
    values = {
        "said": said.replace("\r\n", "\r\n ").replace("\n", "\n ").replace('"', "'"),
        "sender": sender,
        "number": number,
        "subject": subject,
        "text": text,
        "folded": folded,
        "percent": "".join(f"%{octet:02X}" for octet in said.encode("utf-8", "surrogatepass")),
    }
    whole = HEAD.format(**values).encode("utf-8", "surrogatepass")
    if with_file:
        whole += FILE.format(**values).encode("utf-8", "surrogatepass") + pdf(text=str(number)) + b"\r\n"
    return whole + b"--cut--\r\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """4 s of work, done once: each injection in a mail or two, a fifth of them from somebody who is not verified."""
    with pytest.MonkeyPatch.context() as patch, office_of_commands(tmp_path_factory.mktemp("hostile"), patch) as office:
        number = 0
        for place, said in enumerate(INJECTIONS):
            for subject, text, with_file in KINDS[place % 4 :][: 1 + (place < 4)]:
                number += 1
                sender = f"office{number}@parl.example"
                raw = hostile(number, said, subject=subject, text=text, with_file=with_file, sender=sender)
                if number % 5 == 0:
                    raw = raw.replace(b"dmarc=pass", b"dmarc=fail")
                office.deliver(raw, office.clock.at)
            office.clock.forward(minutes=2)
        office.run()
        office.clock.forward(hours=80)
        office.run()
        yield office


@pytest.fixture(scope="module")
def config(world: World) -> Path:
    return world.context.settings.storage.archive.parent.parent / "inboxd.toml"


def commands(world: World) -> Iterator[Sequence[str]]:
    rows, opened = every_row(world, mails), every_row(world, cases)
    yield from (
        ("list", "--limit", "500"),
        ("list", "--held"),
        ("cases",),
        ("outbox", "list"),
        ("incidents",),
        ("digest",),
    )
    yield from (("show", str(row.id)) for row in rows[::9])
    yield from (("case", "show", row.reference) for row in opened[:4])
    for row in rows[::31]:
        yield "explain", str(world.context.archive.path("mail", row.digest))
    yield "report", "--month", "2026-01"


def test_no_terminal_obeys(world: World, config: Path, give: Give) -> None:
    """Neither in what is for people nor in what is for programs, which people look at too."""
    ended = [(command, give(config, *command)) for command in commands(world)]
    for command, end in ended:
        assert not HOSTILE.search(end.out + end.err), f"{command}: {HOSTILE.findall(end.out)[:5]}"
        assert CANARY not in end.out, command
    assert sum(end.status == 0 for _, end in ended) > len(ended) - 8, [(c, e.err) for c, e in ended if e.status][:3]


@pytest.mark.parametrize(
    "command",
    [
        ("list", "--limit", "500", "--json"),
        ("list", "--held", "--json"),
        ("show", "1", "--json"),
        ("outbox", "list", "--json"),
        ("cases", "--json"),
    ],
)
def test_no_program_passes_it_on_to_a_terminal(config: Path, give: Give, command: Sequence[str]) -> None:
    end = give(config, *command)
    assert end.status == 0, end.err
    assert not HOSTILE.search(end.out), HOSTILE.findall(end.out)[:5]


def test_no_log_reader_takes_a_subject_for_an_event(world: World) -> None:
    for line in world.log.getvalue().splitlines():
        assert re.match(r"[a-z_]+(?:\.[a-z_]+)*(?: [a-z_]+=(?:[^\s\"]+|\"[^\"]*\"))*\Z", line), line
        assert not HOSTILE.search(line)
        assert "bug " not in line


def test_no_mail_of_ours_carries_it_further(world: World) -> None:
    post = world.post
    assert isinstance(post, FakePost)
    assert len(post.keeper.sent) > 40
    for mail in post.keeper.sent:
        assert not list(sent.complaints(mail)), (mail.template, list(sent.complaints(mail)))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"], (tag, attrs)


def test_no_browser_and_no_spreadsheet_obeys(world: World, config: Path, give: Give, tmp_path: Path) -> None:
    end = give(
        config, "report", "--month", "2026-01", "--html", str(tmp_path / "r.html"), "--csv", str(tmp_path / "csv")
    )
    assert end.status == 0, end.err
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    tags = _Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img", "iframe", "object", "embed", "form", "link"}, tags.seen
    assert not HOSTILE.search(page)
    files = sorted((tmp_path / "csv").rglob("*.csv"))
    assert files
    for path in files:
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
            assert not [cell for cell in row if cell[:1] in "=+-@\t\r" and not re.fullmatch(r"|[-+]?[0-9.]+", cell)], (
                path,
                row,
            )


def test_a_cell_that_a_spreadsheet_would_calculate_stays_text(tmp_path: Path) -> None:
    with opened(tmp_path / "report", ZoneInfo("America/Toronto"), replace=False) as sheets:
        for said in ("=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "\t=1", "2026", "fine"):
            sheets.enter("odd", Entry(name=said, cells={"office": said, "count": -3}))
    text = (tmp_path / "report" / "lists" / "odd.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert [row[0][:1] for row in rows[1:]] == ["'"] * 5 + ["2", "f"]
    assert {row[2] for row in rows[1:]} == {"-3"}

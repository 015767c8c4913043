"""`export`: all of a case, a mail or an application in one folder that proves itself, or nothing at all."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxd.parcel import Parcel
from tests.cli.conftest import Give, Place, copy_office, document
from tests.crash.letters import PDF, PHRASE, documents, in_bytes, letter
from tests.office import Server, write_office

ODD = "Pièce d'identité  nº 1 — «ça».pdf"
SAFE = "Pièce d'identité nº 1 — «ça».pdf"
LONG = "書類" * 55 + ".pdf"
BEGAN = "<began@parl.example>"
TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SAME, OTHER, THIRD, INNER = (PDF + mark for mark in (b"%same\n", b"%other\n", b"%third\n", b"%inner\n"))
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def submission(text: str, *files: tuple[str, bytes], number: str = "E123456789", message_id: str = "") -> bytes:
    mail = letter(f"{PHRASE} {number}", text, message_id=message_id)
    for name, content in files:
        kind = ("application", "zip") if name.endswith(".zip") else ("application", "pdf")
        mail.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return in_bytes(mail)


def forwarded(text: str, *files: tuple[str, bytes]) -> bytes:
    inner = letter("Papers", "Here they are.\n", sender="a.person@elsewhere.example")
    for name, content in files:
        inner.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    mail = letter(f"{PHRASE} E123456789", text)
    mail.add_attachment(inner, filename="FW Papers.eml")
    return in_bytes(mail)


def in_thread(sender: str, text: str) -> bytes:
    return in_bytes(letter("Re: Urgent: removal", text, sender=sender, In_Reply_To=BEGAN, References=BEGAN))


def letters() -> list[bytes]:
    """1 filed, 2 in part with odd names, 3 critical, 4 on no record, 5 contradicted, 6 malware beside a good file.

    7 follows 3 up, 8 is of another office that names the same thread, 9 has its files inside a forwarded message.
    """
    uci = "UCI 11-2222-3333\n"
    return [
        documents(),
        submission(uci, (ODD, SAME), (LONG, OTHER), ("all.zip", EMPTY_ZIP), (f"2{ODD}", SAME)),
        in_bytes(letter("Urgent: removal", "She is being removed from Canada tomorrow morning.\n", message_id=BEGAN)),
        submission(uci, ("a.pdf", THIRD), number="E999999999"),
        submission("UCI 99-8888-7777\n", ("b.pdf", THIRD)),
        submission(uci, ("invoice.pdf", TEST_VIRUS), ("good.pdf", PDF + b"%good\n")),
        in_thread("alma.rivers@parl.example", "Is there any news of the removal tomorrow?\n"),
        in_thread("bureau.lachaine@parl.example", "Avez-vous des nouvelles de notre demande?\n"),
        forwarded(uci, ("inner.pdf", INNER), ("inner.zip", EMPTY_ZIP)),
    ]


LETTERS = letters()
ARRIVED = datetime.now(UTC) - timedelta(hours=1)
DAY = f"{ARRIVED.astimezone(ZoneInfo('America/Toronto')):%Y-%m-%d}"


@pytest.fixture(scope="module")
def root(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("exporting") / "office"
    user = place.dovecot.fresh_user()
    imap = Server(port=place.dovecot.port, username=user, password=place.dovecot.password)
    write_office(root, imap=imap, smtp=Server(port=place.sink.port))
    for raw in LETTERS:
        place.dovecot.deliver(raw, user=user, at=ARRIVED)
    return root


@pytest.fixture
def office(root: Path, give: Give, tmp_path: Path) -> Path:
    """The settings of an office where all `letters` have their outcome, to change at will."""
    config = root / "inboxd.toml"
    if not (root / "data" / "archive").exists():
        assert give(config, "applications", "import", str(root / "register.csv")).status == 0
        assert give(config, "once").status == 0
    copy_office(root, tmp_path / "office")
    return tmp_path / "office" / "inboxd.toml"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "given out").mkdir()
    return tmp_path / "given out"


def proved(folder: Path) -> list[str]:
    """The paths in a folder, each compared with its digest by the real sha256sum."""
    checked = subprocess.run(
        ["sha256sum", "--strict", "--check", "manifest.sha256"], capture_output=True, text=True, check=False,
        cwd=folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    paths = [line.removesuffix(": OK") for line in checked.stdout.splitlines()]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {*paths, "manifest.sha256"} == there, "nothing that the manifest does not name"
    return sorted(paths)


def exported(give: Give, office: Path, out: Path, reference: str) -> Path:
    ended = give(office, "export", reference, "--into", str(out))
    assert (ended.status, ended.err) == (0, "")
    only, = out.iterdir()
    proved(only)
    return only


def mails_in(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in (folder / "mail").iterdir())


def change(office: Path, *statements: str) -> None:
    with closing(sqlite3.connect(office.parent / "data" / "inboxd.sqlite")) as database:
        for statement in statements:
            assert database.execute(statement).rowcount > 0, statement
        database.commit()


def archived(office: Path, kind: str, content: bytes) -> Path:
    digest = hashlib.sha256(content).hexdigest()
    return office.parent / "data" / "archive" / kind / digest[:2] / digest


# What is in the folder


def test_everything_of_an_application_proves_itself(office: Path, give: Give, out: Path) -> None:
    ended = give(office, "export", "e123456789", "--into", str(out))
    assert (ended.status, ended.err) == (0, "")
    folder = out / "E123456789"
    paths = proved(folder)
    assert [path for path in paths if not path.startswith("notices/")] == [
        "documents/1-lettre d'emploi.pdf", "documents/1-passport.pdf", f"documents/2-{SAFE}",
        f"documents/2-{'書類' * 32}.pdf", "documents/6-good.pdf", "documents/9-inner.pdf",
        f"mail/1-{DAY}.eml", f"mail/2-{DAY}.eml", f"mail/6-{DAY}.header.txt", f"mail/9-{DAY}.eml",
        "not-attached/2-all.zip", "not-attached/9-inner.zip", "story.json", "story.txt",
    ]
    notices = [path for path in paths if path.startswith("notices/")]
    assert [path.split("-")[1] for path in notices] == ["receipt", "partial", "partial", "partial"]
    assert (folder / f"documents/2-{SAFE}").read_bytes() == SAME
    assert (folder / "mail" / f"1-{DAY}.eml").read_bytes() == archived(office, "mail", LETTERS[0]).read_bytes()
    sent = message_from_bytes((folder / notices[0]).read_bytes())
    assert (sent["Auto-Submitted"], sent["To"]) == ("auto-replied", "staff.rivers@parl.example")
    assert f"listed only: 2-2{SAFE}: the same bytes as documents/2-{SAFE}" in ended.out
    assert "left out, because it only names this number: 5" in ended.out
    assert f"cd '{folder}' && sha256sum -c manifest.sha256" in ended.out


def test_only_its_owner_can_read_it(office: Path, give: Give, out: Path) -> None:
    before = os.umask(0)
    try:
        folder = exported(give, office, out, "2")
    finally:
        os.umask(before)
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert modes == {True: 0o700, False: 0o600}


def test_a_case_has_the_mails_that_joined_it_and_no_others(office: Path, give: Give, out: Path) -> None:
    reference = document(give(office, "cases", "--json"))[0]["reference"]
    folder = exported(give, office, out, reference.lower())
    assert folder.name == reference
    assert mails_in(folder) == ["3", "7"], "not another office's"
    assert "ack_critical" in {path.name.split("-")[1] for path in (folder / "notices").iterdir()}


def test_a_mail_brings_its_conversation(office: Path, give: Give, out: Path) -> None:
    folder = exported(give, office, out, "07")
    assert folder.name == "7"
    assert mails_in(folder) == ["3", "7"]


def test_another_office_in_the_thread_brings_only_its_own(office: Path, give: Give, out: Path) -> None:
    assert mails_in(exported(give, office, out, "8")) == ["8"]


def test_the_story_tells_the_chain_of_custody(office: Path, give: Give, out: Path) -> None:
    folder = exported(give, office, out, "2")
    told = json.loads((folder / "story.json").read_text(encoding="utf-8"))
    manifest = dict(reversed(line.split("  ", 1)) for line in (folder / "manifest.sha256").read_text().splitlines())
    assert told["files"] == {path: digest for path, digest in manifest.items() if not path.startswith("story.")}
    chain = told["mails"][0]["custody"]
    assert [(file["outcome"], file["reason"]) for file in chain] == [
        ("attached", ""), ("attached", ""), ("refused", "ARCHIVE"), ("confirmed", "DUPLICATE"),
    ]
    first = chain[0]
    assert (first["original_name"], first["safe_name"]) == (ODD, SAFE)
    assert first["digest"] == hashlib.sha256(SAME).hexdigest()
    assert (first["mail_digest"], first["sender"]) == (told["mails"][0]["mail"]["digest"], "staff.rivers@parl.example")
    assert (first["rule"], first["verified_by"]) == ("submits_documents", "uci")
    filing, = first["filings"]
    assert (filing["number"], filing["state"], filing["by_mail"]) == ("E123456789", "attached", 2)
    assert Path(first["lies_in"]).read_bytes() == SAME
    assert b"all.zip" in Path(chain[2]["lies_in"]).read_bytes(), "inside the raw mail"
    text = (folder / "story.txt").read_text(encoding="utf-8")
    for words in (f"documents/2-{SAFE}", first["digest"], "attached to record E123456789", "by rule submits_documents"):
        assert words in text, words


def test_files_of_a_forwarded_message_show_their_way(office: Path, give: Give, out: Path) -> None:
    folder = exported(give, office, out, "9")
    assert (folder / "documents" / "9-inner.pdf").read_bytes() == INNER
    assert (folder / "not-attached" / "9-inner.zip").read_bytes() == EMPTY_ZIP
    assert "FW Papers.eml > inner.pdf: attached" in (folder / "story.txt").read_text(encoding="utf-8")


def test_held_documents_can_be_given_out_by_their_mail(office: Path, give: Give, out: Path) -> None:
    folder = exported(give, office, out, "5")
    assert (folder / "not-attached" / "5-b.pdf").read_bytes() == THIRD
    assert not (folder / "documents").exists()


def test_it_is_audited_and_the_manifest_is_named(office: Path, give: Give, out: Path) -> None:
    told = document(give(office, "export", "E123456789", "--into", str(out), "--json"))
    manifest = hashlib.sha256((out / "E123456789" / "manifest.sha256").read_bytes()).hexdigest()
    assert (told["manifest"], told["mails"], told["left_out"]) == (manifest, [1, 2, 6, 9], ["5"])
    assert sorted(told["files"]) == sorted([*proved(Path(told["folder"])), "manifest.sha256"])
    for mail_id in ("1", "2", "6"):
        *_, last = document(give(office, "show", mail_id, "--json"))["events"]
        assert (last["event"], last["detail"]) == ("exported", {"reference": "E123456789", "manifest": manifest})
        assert last["actor"].startswith("person:")
    assert "exported" not in {event["event"] for event in document(give(office, "show", "3", "--json"))["events"]}


# What is never in it


def test_malware_is_listed_and_never_written_out(office: Path, give: Give, out: Path) -> None:
    folder = exported(give, office, out, "6")
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert TEST_VIRUS not in written
    assert base64.b64encode(TEST_VIRUS)[:40] not in written
    header = (folder / "mail" / f"6-{DAY}.header.txt").read_bytes()
    assert header.startswith(b"Authentication-Results: ")
    assert b"Content-Transfer-Encoding: base64" not in header
    text = (folder / "story.txt").read_text(encoding="utf-8")
    assert f"6-invoice.pdf: MALWARE; sha256 {hashlib.sha256(TEST_VIRUS).hexdigest()}" in text
    assert "mail 6 as a whole: it has such a file in it" in text
    assert (folder / "documents" / "6-good.pdf").is_file()


@pytest.mark.parametrize("reason", ["MALWARE", "NOT_SCANNED"])
def test_bytes_that_another_mail_showed_to_be_malware_are_not_written_either(
    office: Path, give: Give, out: Path, reason: str
) -> None:
    """The scanner learned of them only when they came again."""
    digest = hashlib.sha256(SAME).hexdigest()
    change(office, f"update files set reason = '{reason}', digest = '{digest}' where mail_id = 5")
    folder = exported(give, office, out, "2")
    assert SAME not in [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not (folder / "mail" / f"2-{DAY}.eml").exists()
    assert (folder / "documents" / f"2-{'書類' * 32}.pdf").read_bytes() == OTHER


def test_an_application_never_brings_what_is_on_another_record(office: Path, give: Give, out: Path) -> None:
    change(office, "update files set reason = 'OTHER_RECORD', outcome = 'held' where safe_name = 'all.zip'")
    folder = exported(give, office, out, "E123456789")
    assert not (folder / "not-attached" / "2-all.zip").exists()
    assert "2-all.zip: it is on another record" in (folder / "story.txt").read_text(encoding="utf-8")


def test_a_mail_that_was_never_fetched_whole_is_told_as_such(office: Path, give: Give, out: Path) -> None:
    change(
        office, "update mails set outline = '[]' where id = 5",
        "update files set digest = '', sniffed_type = '', outcome = 'refused', reason = 'TOO_LARGE' where mail_id = 5",
    )
    text = (exported(give, office, out, "5") / "story.txt").read_text(encoding="utf-8")
    assert "mail 5: only its beginning was ever fetched; that is what is in the folder" in text
    assert "5-b.pdf: was never fetched, only its size and name" in text
    assert "declared application/pdf; it was never fetched" in text


def test_a_document_that_the_register_refused_is_not_among_the_attached(office: Path, give: Give, out: Path) -> None:
    digest = hashlib.sha256(SAME).hexdigest()
    change(office, f"update filings set state = 'refused', answer = 'the file is closed' where digest = '{digest}'")
    folder = exported(give, office, out, "2")
    assert (folder / "not-attached" / f"2-{SAFE}").read_bytes() == SAME
    assert not (folder / "documents" / f"2-{SAFE}").exists()
    shown = give(office, "show", "2").out
    assert "refused by the register for record E123456789" in shown
    assert "the register said: the file is closed" in shown


# All or nothing


def test_files_that_are_gone_or_changed_are_all_named_and_nothing_is_written(
    office: Path, give: Give, out: Path
) -> None:
    archived(office, "documents", OTHER).unlink()
    damaged = archived(office, "documents", SAME)
    damaged.chmod(0o600)
    damaged.write_bytes(SAME[:-1] + b"?")
    raw = archived(office, "mail", LETTERS[0])
    raw.unlink()
    ended = give(office, "export", "E123456789", "--into", str(out))
    assert (ended.status, ended.out) == (1, "")
    first, *lines = ended.err.splitlines()
    assert first == "inboxd: nothing was written:"
    assert len(lines) == 3
    for path, words in (
        (damaged, "no longer has the digest"), (archived(office, "documents", OTHER), "the file is not there"),
        (raw, "the file is not there"),
    ):
        line, = (line for line in lines if path.name in line)
        assert words in line
    assert list(out.iterdir()) == []
    assert "exported" not in give(office, "show", "2").out


def test_a_folder_that_is_there_is_left_alone(office: Path, give: Give, out: Path) -> None:
    (out / "2").mkdir()
    ended = give(office, "export", "2", "--into", str(out))
    assert ended.status == 1
    assert f"{out}/2 is there already" in ended.err
    assert list((out / "2").iterdir()) == []
    assert [path.name for path in out.iterdir()] == ["2"]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("MC26-000417-G", "is no case, no mail and no application with documents"),
        ("99", "is no case, no mail and no application with documents"),
        ("9" * 40, "is no case, no mail and no application with documents"),
        ("../../etc", "is no case, no mail and no application with documents"),
        ("%", "is no case, no mail and no application with documents"),
        ("", "is no case, no mail and no application with documents"),
        ("E999999999", "no document was ever verified for E999999999"),
    ],
)
def test_what_is_not_there_is_not_given_out(office: Path, give: Give, out: Path, reference: str, words: str) -> None:
    ended = give(office, "export", reference, "--into", str(out))
    assert (ended.status, ended.out) == (1, "")
    assert words in ended.err
    assert list(out.iterdir()) == []


def test_a_place_that_is_no_folder(office: Path, give: Give, out: Path) -> None:
    ended = give(office, "export", "2", "--into", str(out / "nowhere"))
    assert ended.status == 1
    assert f"{out}/nowhere is not a folder; make it first" in ended.err


def test_stopped_by_a_person_nothing_is_left(
    office: Path, give: Give, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Parcel) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Parcel, "finish", stop)
    assert give(office, "export", "2", "--into", str(out)).status == 130
    assert list(out.iterdir()) == []

"""`make demo` as a reader runs it: it ends by itself, tells every mail's fate, and notices when one goes astray."""

from __future__ import annotations

import csv
import email.policy
import html
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlencode

import pytest
import urllib3

from demo.answers import Answered, second_post
from demo.desk import PASSWORD
from demo.documents import AFTER_RELEASE, CORRECT_SUBJECT, RELEASED, documents
from demo.enquiries import SHOWN_ACKNOWLEDGEMENT, enquiries
from demo.letters import Letter
from demo.others import others
from demo.outcome import Outcome
from demo.stage import SECTIONS, TEXTS, Stage
from inboxd import app, importing, process, triage
from inboxd.mail import Taken
from inboxd.plan import INTERNAL_NOTICES
from inboxd.settings import DEFAULT_FOLDERS, Place, read_settings
from tests.fakes import InThisProcess
from tests.office import PROJECT, Server, write_office

PATIENCE_SECONDS = 600
pytestmark = pytest.mark.timeout(PATIENCE_SECONDS + 60)  # the demo is played within the first test


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the demo from outside."""

    folder: Path
    status: int
    printed: str
    complaints: str

    @property
    def log(self) -> list[str]:
        return (self.folder / "inboxd.log").read_text(encoding="utf-8").splitlines()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", *arguments]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo") / "office"
    done = subprocess.run(
        command("--into", str(folder)),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Run(folder=folder, status=done.returncode, printed=done.stdout, complaints=done.stderr)


def first_post(at: datetime) -> list[Letter]:
    return [*documents(at), *enquiries(at), *others(at)]


@pytest.fixture(scope="module")
def letters() -> list[Letter]:
    """All mails of the demo, the second post with answers that nobody gave."""
    at = datetime.now(UTC)
    first = first_post(at)
    replies = {
        letter.key: Answered(
            message_id=f"<{letter.key}@inboxd.ircc.example>", reference="MC26-000001-A", raw=b"A: b\r\n\r\n"
        )
        for letter in first
    }
    again = next(letter for letter in first if letter.key == SHOWN_ACKNOWLEDGEMENT)
    return [*first, *second_post(at, replies, again)]


def test_it_ends_by_itself_and_all_is_well(run: Run) -> None:
    assert (run.status, run.complaints) == (0, ""), run.printed
    assert "NOT AS EXPECTED" not in run.printed
    assert "verified: nothing lost, nothing doubled" in run.printed
    assert run.folder.stat().st_mode & 0o777 == 0o700, "wherever it is, nobody else reads in it"


def test_at_least_fifteen_mails_in_both_languages(letters: list[Letter]) -> None:
    assert len(letters) >= 15
    assert min(sum(letter.language == language for letter in letters) for language in ("EN", "FR")) >= 8
    assert len({letter.key for letter in letters}) == len(letters)


def test_one_line_tells_each_mails_fate(run: Run, letters: list[Letter]) -> None:
    for number, letter in enumerate(letters, start=1):
        place = Place(letter.expected.place)
        folder = letter.folder if place is Place.STAY else DEFAULT_FOLDERS[place]
        reply = re.escape(sorted(letter.expected.replies, reverse=True)[0]) if letter.expected.replies else "-"
        line = rf"(?m)^ {number:>2}  {re.escape(letter.what)} +{letter.language}  {re.escape(folder)} +{reply} +\S"
        assert re.search(line, run.printed), (letter.key, run.printed)


def test_a_person_finishes_a_held_mail(run: Run, letters: list[Letter]) -> None:
    number = next(number for number, letter in enumerate(letters, start=1) if letter.key == RELEASED)
    folder = DEFAULT_FOLDERS[Place(AFTER_RELEASE.place)]
    assert f"\n  inboxd release {number}\n  mail {number} is released" in run.printed
    fates = re.findall(rf"(?m)^ {number:>2}  .+ EN  (\S+) +(\S+) .*\n +(\S*)", run.printed)
    assert [fate[:2] for fate in fates] == [("Held", "held"), (folder, "held")]
    assert fates[1][2] == "receipt"


def test_lines_fit_a_wide_terminal_and_have_no_colours_in_a_file(run: Run) -> None:
    assert "\x1b" not in run.printed
    wide = [line for line in run.printed.splitlines() if len(line) > 120 and str(run.folder) not in line]
    assert not wide


def test_two_notices_are_shown_in_full(run: Run) -> None:
    shown = "\n".join(line[4:] for line in run.printed.splitlines() if line.startswith("  │"))
    assert f"\n    {CORRECT_SUBJECT}\n" in shown
    assert re.search(r"^Subject: Cas critique reçu, référence MC\d\d-\d{6}-[A-Z]$", shown, re.MULTILINE)
    assert "From: Centre ministériel pour les députés et les sénateurs <" in shown
    assert "Une question de vie ou de mort" in shown


def test_every_mail_and_reply_is_kept_for_the_reader(run: Run, letters: list[Letter]) -> None:
    assert [path.stem[3:] for path in sorted((run.folder / "mails").iterdir())] == [letter.key for letter in letters]
    replies = sum(len(letter.expected.replies) for letter in letters)
    assert len(list((run.folder / "replies").glob("*.eml"))) >= replies
    counted = sum(int(count) for count in re.findall(r"(?m)^  [\w/ ]+?  +(\d+)$", run.printed))
    assert counted == len(letters)


def private_words(run: Run) -> set[str]:
    """Every address, number, subject and word of a name in the demo's mails, register and roster; lower case."""
    found: set[str] = set()
    for path in (run.folder / "mails").glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found.add(str(mail["Subject"]))
        found.add(str(mail["Message-ID"]))
        for name, address in getaddresses([str(mail["From"]), str(mail["To"])]):
            found |= {address, *name.split()}
        body = mail.get_body(("plain",))
        text = f"{mail['Subject']} {body.get_content() if body is not None else ''}"
        found |= set(re.findall(r"\b[A-Z]{1,2}\d{8,}\b|\b\d{2,4}-\d{4}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b", text))
        found |= {part.get_filename() or "" for part in mail.iter_attachments()}
    for name in ("register.csv", "roster.csv"):
        with (run.folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                wanted = ("number", "family_name", "given_name", "date_of_birth", "uci", "member", "riding", "address")
                found |= {word for key in wanted for word in (row.get(key) or "").split()}
    # the two words by which the service names itself; short scraps such as "M." prove nothing
    return {word.lower() for word in found if len(word) > 3} - {"mail", "system"}


def test_no_event_line_tells_who_or_what(run: Run) -> None:
    words = private_words(run)
    assert {"okonjo-reyes", "e123456789", "staff.rivers@parl.example", "quel formulaire?", "passport-copy.pdf"} <= words
    lines = run.log
    assert len(lines) > 100
    for line in lines:
        told = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line.lower())]
        assert not told, line


def test_every_event_line_is_one(run: Run) -> None:
    shape = re.compile(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [a-z_.]+( [a-z_]+=(\S+|\".*\"))*"
    )
    strange = [line for line in run.log if not shape.fullmatch(line)]
    assert not strange
    assert not [line for line in run.log if " error " in line or " bug " in line]


def astray(letter: Letter, **changed: object) -> list[str]:
    """What the demo says of a mail that ended otherwise."""
    mail = {"place": letter.expected.place, "because": " ".join(letter.expected.why), "state": "done"}
    folder = str(changed.pop("folder", DEFAULT_FOLDERS[Place(letter.expected.place)]))
    taken = changed.pop("taken", True)
    story = {"mail": mail | changed, "cases": []} if taken else None
    found = Outcome(letter=letter, story=story, folder=folder, replies=())
    stage = cast("Stage", SimpleNamespace(settings=SimpleNamespace(folder=DEFAULT_FOLDERS.__getitem__)))
    return list(found.differences(stage))


def test_it_notices_a_mail_that_went_astray(letters: list[Letter]) -> None:
    quiet = next(letter for letter in letters if letter.key == "newsletter")
    answered = next(letter for letter in letters if letter.key == "critical-en")
    assert astray(quiet) == []
    assert astray(quiet, taken=False) == ["was not taken"]
    assert astray(quiet, folder="INBOX") == ["lies in INBOX, not in Automatic"]
    assert astray(quiet, state="held") == ["is held, not done"]
    assert astray(quiet, because="no reason")[0].startswith('the reason is "no reason", without ')
    assert "was decided for review" in astray(quiet, place="review")[0]
    assert astray(answered) == [
        "was answered with nothing, not with ack_critical",
        "its case is none, not critical open",
    ]


def days() -> Iterator[datetime]:
    """Evenings, weekends, holidays, both changes of the clock, the ends of months and years."""
    for year, month, day, hour in (
        (2026, 1, 1, 4), (2026, 3, 7, 23), (2026, 3, 8, 12), (2026, 4, 3, 15), (2026, 5, 31, 3), (2026, 7, 31, 20),
        (2026, 10, 31, 23), (2026, 11, 1, 6), (2026, 12, 9, 14), (2026, 12, 28, 18), (2027, 2, 26, 9), (2028, 2, 27, 9),
    ):  # fmt: skip
        yield datetime(year, month, day, hour, tzinfo=UTC)


def test_the_first_post_means_the_same_on_any_day(tmp_path: Path) -> None:
    imap = Server(port=1, username="u", password="p")
    (tmp_path / TEXTS).mkdir()
    config = write_office(tmp_path, imap=imap, smtp=Server(port=2), sections=SECTIONS)
    context = app.build(config)
    context.inspector = InThisProcess()
    importing.import_file(context, tmp_path / "register.csv", lambda _: None)
    settings = read_settings(config)
    wrong = []
    for day in days():
        for number, letter in enumerate(first_post(day), start=1):
            mail = context.reader.given(letter.raw)
            taken = Taken(
                mail_id=number, digest=mail.digest, size=len(letter.raw), account=settings.mailbox.account,
                folder="INBOX", arrived_at=day + timedelta(seconds=5), attempts=1,
            )  # fmt: skip
            now = day + timedelta(minutes=1)
            outside = process.ask_outside(context, taken, mail, now)
            with context.database.reading() as tx:
                known = process.look_up(context, tx, taken, mail, now, outside)
            plan = triage.decide(mail, known, context.rules, now)
            sent = sorted(reply.template for reply in plan.replies if reply.template not in INTERNAL_NOTICES)
            if (plan.place, sent) != (letter.expected.place, sorted(letter.expected.replies)):
                wrong.append((day, letter.key, plan.place, plan.verdict.because))
    context.database.close()
    assert not wrong


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("")
    done = subprocess.run(
        command("--into", str(tmp_path)), cwd=PROJECT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr == f"demo: {tmp_path} is not empty; give a new folder\n"


@pytest.mark.timeout(240)
def test_keep_takes_a_mail_from_outside_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shown = tmp_path / "shown.txt"
    with shown.open("wb") as out:
        running = subprocess.Popen(
            command("--keep", "--into", str(folder)), cwd=PROJECT, stdout=out, stderr=subprocess.STDOUT,
            # a test run in the background of a shell ignores Ctrl-C, and its children would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # this test has one thread
        )  # fmt: skip
        try:
            _wait_for(running, shown, r"the desk +http://127\.0\.0\.1:\d+ +sign in as viewer, officer")
            desk = re.search(r"http://127\.0\.0\.1:\d+", shown.read_text())
            assert desk
            sent = _post(desk[0], "/sign-in", {"name": "officer", "password": PASSWORD})
            assert (sent.status, sent.headers["Location"]) == (303, "/")
            _take_a_text_into_use(desk[0], folder)
            letter = next(letter for letter in enquiries(datetime.now(UTC)) if letter.key == "critical-en")
            path = tmp_path / "mine.eml"
            path.write_bytes(letter.raw.replace(b"<critical-en.demo@", b"<mine.demo@").replace(b"\r\n", b"\n"))
            for option, said, came in (
                ([], "vouched for", r"(?m)^  mail 36  Enquiries/Critical  criterion CR-01 hit$"),
                (["--forged"], "refused", r"(?m)^  mail 37  Held  the gateway could not confirm"),
            ):
                done = subprocess.run(
                    command("--deliver", str(path), "--into", str(folder), *option),
                    cwd=PROJECT, capture_output=True, text=True, timeout=30, check=False,
                )  # fmt: skip
                assert (done.returncode, done.stderr) == (0, "")
                assert said in done.stdout
                _wait_for(running, shown, came)
            assert re.search(r"(?m)^  sent   \S+ack_critical\.eml$", shown.read_text())
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 0
        finally:
            running.kill()
            running.wait()
    assert not (folder / "running.json").exists()
    assert (folder / "inboxd.log").read_text().rstrip().endswith("daemon.stopped")
    assert (folder / "inboxd.err").read_text() == ""
    assert (folder / "imap.password").stat().st_mode & 0o077 == 0


def _post(desk: str, path: str, form: dict[str, str], **headers: str) -> urllib3.BaseHTTPResponse:
    """A form of the desk, as a browser sends it."""
    sent = {"Origin": desk, "Content-Type": "application/x-www-form-urlencoded", **headers}
    return urllib3.request("POST", desk + path, body=urlencode(form), redirect=False, headers=sent)


def _take_a_text_into_use(desk: str, folder: Path) -> None:
    """As the demo's template admin: the page of a notice, a line behind its last one in both languages, and done."""
    signed_in = _post(desk, "/sign-in", {"name": "template-admin", "password": PASSWORD})
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    page = urllib3.request("GET", f"{desk}/templates/ack_urgent", headers={"Cookie": cookie}).data.decode()
    form = {"note": "a closing line"}
    for name in ("form_token", "based_on"):
        form[name] = re.findall(rf'name="{name}" value="([^"]+)"', page)[0]
    for language, line in (("en", "With kind regards."), ("fr", "Cordialement.")):
        text = re.findall(rf'<textarea id="text-{language}"[^>]*>(.*?)</textarea>', page, re.DOTALL)[0]
        form[f"text_{language}"] = f"{html.unescape(text)}\n{line}\n"
    taken = _post(desk, "/templates/ack_urgent/activate", form, Cookie=cookie)
    assert (taken.status, taken.headers["Location"]) == (303, "/templates/ack_urgent?done=text_taken")
    page = urllib3.request("GET", desk + taken.headers["Location"], headers={"Cookie": cookie}).data.decode()
    assert "The text is in force." in page
    assert "a closing line" in page
    assert (folder / TEXTS / "fr" / "ack_urgent.txt.j2").read_text(encoding="utf-8").endswith("Cordialement.\n")


def _wait_for(running: subprocess.Popen[bytes], shown: Path, pattern: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not re.search(pattern, shown.read_text(encoding="utf-8")):
        assert running.poll() is None, shown.read_text(encoding="utf-8")
        assert time.monotonic() < end, shown.read_text(encoding="utf-8")
        time.sleep(0.2)

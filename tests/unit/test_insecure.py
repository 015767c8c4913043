"""What inboxd does not start with: each named by file, line and key with what would be right, all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inboxd import insecure
from inboxd.cli import cli
from inboxd.settings import Risk, read_settings
from tests.daemon.running import inboxd
from tests.office import Server, write_office

Write = Callable[..., Path]
MAIL = {"imap": Server(port=1993, username="inbox", password="secret"), "smtp": Server(port=1465)}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office in a folder that only we can enter."""
    root = tmp_path / "office"
    settings = write_office(root, **MAIL)
    root.chmod(0o700)
    return settings


@pytest.fixture
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office in a folder that every account can enter, with all in it closed."""
    root = tmp_path_factory.mktemp("open")
    settings = write_office(root / "office", **MAIL)
    for folder in (root / "office" / "data" / "archive", root / "office" / "data" / "spool"):
        folder.mkdir(mode=0o700, exist_ok=True)
    for path in (root / "office").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (root / "office").chmod(0o755)
    return settings


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch, open_house: Path) -> Path:
    """The same, as if the folders above were open too; those of the tests are not."""
    office = open_house.parent
    parents = property(lambda path: [folder for folder in _parents(path) if office in (folder, *_parents(folder))])
    monkeypatch.setattr(type(office), "parents", parents)
    return open_house


def _parents(path: Path) -> list[Path]:
    found = []
    while path != path.parent:
        path = path.parent
        found.append(path)
    return found


def found(settings: Path) -> dict[str, str]:
    """What is wrong, by key."""
    return {problem.key: problem.message for problem in insecure.problems(settings, read_settings(settings))}


def change(settings: Path, old: str, new: str) -> None:
    text = settings.read_text(encoding="utf-8")
    assert old in text
    settings.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_sound_office(office: Path) -> None:
    assert found(office) == {}


def test_the_sample_settings_are_secure_where_they_belong(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "config" / "inboxd.toml"
    settings = read_settings(sample)
    copied = tmp_path / "inboxd.toml"
    copied.write_text(sample.read_text(encoding="utf-8"), encoding="utf-8")
    roster = settings.senders.model_copy(update={"roster": tmp_path / "roster.csv"})
    assert insecure.problems(copied, settings.model_copy(update={"senders": roster})) == []


@pytest.mark.parametrize(("old", "new", "key", "risk", "right"), [
    ('authserv_ids = ["mx.ircc.example"]', "", "senders.authserv_ids", Risk.UNVERIFIED_SENDERS,
     "give the authserv-id of your own mail gateway"),
    ("[senders]", "[senders]\nrequire_authentication = false", "senders.require_authentication",
     Risk.UNVERIFIED_SENDERS, "leave it on"),
    ("[rules]", '[scanner]\nsocket = "10.1.2.3:3310"\n[rules]', "scanner.socket", Risk.CLEAR_TEXT_SCANNER,
     "run clamd on this machine"),
    ("sqlite:///data/inboxd.sqlite", "postgresql://inboxd@db.ircc.example/inboxd", "storage.database",
     Risk.CLEAR_TEXT_DATABASE, "sslmode=verify-full"),
    ("sqlite:///data/inboxd.sqlite", "postgresql://inboxd@db.ircc.example/inboxd?sslmode=require", "storage.database",
     Risk.CLEAR_TEXT_DATABASE, "sslmode=verify-full"),
])  # fmt: skip
def test_an_insecure_setting_is_named_with_its_line_and_may_be_accepted_in_words(
    office: Path, old: str, new: str, key: str, risk: Risk, right: str
) -> None:
    change(office, old, new)
    problem, = insecure.problems(office, read_settings(office))
    assert (problem.file, problem.key) == (office, key)
    line = office.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line.startswith((key.partition(".")[2], f"[{key.partition('.')[0]}]"))
    assert right in problem.message
    assert f'accept_risks = ["{risk}"]' in problem.message
    change(office, "[mailbox]", f'[service]\naccept_risks = ["{risk}"]\n[mailbox]')
    assert found(office) == {}


@pytest.mark.parametrize("url", [
    "postgresql://inboxd@/inboxd?host=/run/postgresql", "postgresql://inboxd@localhost/inboxd",
    "postgresql://inboxd@db.ircc.example/inboxd?sslmode=verify-full",
])
def test_a_database_on_this_machine_or_over_checked_tls_is_secure(office: Path, url: str) -> None:
    change(office, "sqlite:///data/inboxd.sqlite", url)
    assert found(office) == {}


@pytest.mark.parametrize("url", [
    "postgresql://inboxd:hunter2@localhost/inboxd", "postgresql://inboxd@localhost/inboxd?password=hunter2"])
def test_a_password_in_the_settings_cannot_be_accepted(office: Path, url: str) -> None:
    change(office, "sqlite:///data/inboxd.sqlite", url)
    change(office, "[mailbox]", '[service]\naccept_risks = ["readable_files", "clear_text_database"]\n[mailbox]')
    message = found(office)["storage.database"]
    assert "PGPASSFILE" in message
    assert "accept_risks" not in message
    assert "hunter2" not in message


@pytest.mark.parametrize(("name", "key"), [
    ("imap.password", "mailbox.password_file"), ("roster.csv", "senders.roster"), ("inboxd.toml", ""),
    ("data/archive", "storage.archive"), ("data/spool", "storage.spool"),
])
def test_what_every_account_can_read_is_named(reachable: Path, name: str, key: str) -> None:
    assert found(reachable) == {}
    path = reachable.parent / name
    (reachable.parent / "data").chmod(0o755)
    path.chmod(0o755 if path.is_dir() else 0o644)
    message = found(reachable)[key]
    assert message.startswith(f"{path} can be read by every account of this machine; close it: chmod 0")
    change(reachable, "[mailbox]", '[service]\naccept_risks = ["readable_files"]\n[mailbox]')
    assert found(reachable) == {}


@pytest.mark.parametrize(("name", "key"), [
    ("criteria.toml", "rules.criteria"), ("standards.toml", "rules.standards"), ("roster.csv", "senders.roster"),
    ("inboxd.toml", ""), ("data/archive", "storage.archive"),
])
def test_what_every_account_can_change_is_named(reachable: Path, name: str, key: str) -> None:
    (reachable.parent / "data").chmod(0o711)
    (reachable.parent / name).chmod(0o702)
    assert found(reachable)[key].startswith(f"{reachable.parent / name} can be changed by every account")


def test_a_closed_folder_closes_what_is_in_it(open_house: Path) -> None:
    """As /etc/inboxd and /var/lib/inboxd are."""
    for path in open_house.parent.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    assert found(open_house) == {}, "the folder of the tests themselves is closed"


def test_the_group_of_the_service_may_read(reachable: Path) -> None:
    for path in reachable.parent.rglob("*"):
        path.chmod(0o770 if path.is_dir() else 0o640)
    assert found(reachable) == {}


def test_the_start_is_refused_with_everything_at_once_and_check_says_the_same(office: Path) -> None:
    change(office, 'authserv_ids = ["mx.ircc.example"]', "")
    change(office, "[rules]", '[scanner]\nsocket = "10.1.2.3:3310"\n[rules]')
    (office.parent / "criteria.toml").write_text("[[criterion]]\n", encoding="utf-8")
    ended = inboxd(office, "run")
    assert ended.returncode == 78
    lines = ended.stderr.strip().splitlines()
    assert [line for line in lines if "senders.authserv_ids" in line and f"{office}:" in line]
    assert [line for line in lines if "scanner.socket" in line and f"{office}:" in line]
    assert [line for line in lines if "criteria.toml" in line]
    assert ended.stdout == ""
    assert "check" in cli.commands

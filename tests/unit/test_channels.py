"""Several mailboxes in one process: what they must not share, what systemd hears of them, and whose a log line is."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd import maillog, notify
from inboxd.errors import BadConfig
from inboxd.one_voice import OneVoice
from inboxd.settings.channels import choose, names_channels, read_channels
from tests.daemon.running import EVENT
from tests.liaison import write_both
from tests.office import Server

Change = Callable[[str, str], None]


@pytest.fixture
def main(tmp_path: Path) -> Path:
    """Both mailboxes, as they come with inboxd."""
    return write_both(tmp_path / "office", imap=Server(port=143, username="cmds", password="x"),
                      liaison=Server(port=143, username="mil", password="x"), smtp=Server(port=25))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def complaints(main: Path) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read_channels(main)
    return [str(problem).replace(f"{main.parent}/", "") for problem in caught.value.problems]


def line_in(file: Path, words: str) -> int:
    return next(n for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if words in line)


def test_the_main_file_comes_first_and_each_has_its_name(main: Path) -> None:
    assert [channel.name for channel in read_channels(main)] == ["main", "mil"]
    assert [channel.file for channel in read_channels(main)] == [main, main.parent / "mil" / "inboxd.toml"]
    assert names_channels(main)
    assert not names_channels(main.parent / "mil" / "inboxd.toml")
    assert not names_channels(main.parent / "nowhere.toml")
    assert [channel.name for channel in read_channels(main.parent / "mil" / "inboxd.toml")] == ["mil"]


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('account = "mil"', 'account = "main"', "mailbox.account", "it is the channel's name"),
        ('username = "mil"', 'username = "CMDS"', "mailbox.username", "in one mailbox"),
        ('"MIL"', '"MC"', "office.reference_prefix", "whose case"),
        ('"mil.inboxd.ircc.example"', '"Inboxd.ircc.example"', "office.message_id_domain", "equal Message-IDs"),
        ('address = "mil-ldm@ircc.example"', 'address = "MCMPS-cmds@ircc.example"', "office.address", "as our own"),
        ('"sqlite:///data/inboxd.sqlite"', '"sqlite:///../data/inboxd.sqlite"', "storage.database", "of its own"),
        ('archive = "data/archive"', 'archive = "../data/archive/mil"', "storage.archive", "keeps its own"),
        ('spool = "data/spool"', 'spool = "../data/spool"', "storage.spool", "keeps its own"),
        ('alerts = ["mil-duty@officers.ircc.example"]', 'alerts = ["mcmps-cmds@ircc.example"]', "office.alerts",
         "nobody reads them"),
        ('alerts = ["mil-duty@officers.ircc.example"]', 'managers = ["MCMPS-cmds@ircc.example"]', "office.managers",
         "nobody reads them"),
    ],
)
def test_what_two_channels_must_not_share_is_named_by_file_line_and_key(
    main: Path, old: str, new: str, key: str, says: str
) -> None:
    file = main.parent / "mil" / "inboxd.toml"
    change(file, old, new)
    told, = complaints(main)
    assert told.startswith(f"mil/inboxd.toml:{line_in(file, new)}: {key}: ")
    assert says in told


def test_a_name_that_is_the_same_by_default_is_named_too(main: Path) -> None:
    file = main.parent / "mil" / "inboxd.toml"
    change(file, 'account = "mil"\n', "")
    told, = complaints(main)
    assert told.startswith(f"mil/inboxd.toml:{line_in(file, '[mailbox]')}: mailbox.account: is the same as in ")


def test_databases_on_one_server_are_told_apart_by_name_user_and_schema(main: Path) -> None:
    mil = main.parent / "mil" / "inboxd.toml"
    change(main, '"sqlite:///data/inboxd.sqlite"', '"postgresql://inboxd@db.ircc.example/inboxd"')
    own = '"postgresql://inboxd@db.ircc.example/inboxd?options=-csearch_path%3Dmil"'
    change(mil, '"sqlite:///data/inboxd.sqlite"', own)
    assert len(read_channels(main)) == 2
    change(mil, own, '"postgresql://inboxd:secret@DB.ircc.example:5432/inboxd"')
    told, = complaints(main)
    assert "storage.database: is the same as in" in told
    assert "secret" not in told


def test_all_that_is_wrong_in_all_files_is_told_at_once(main: Path) -> None:
    third = main.parent / "third.toml"
    third.write_text("this is no TOML\n", encoding="utf-8")
    change(main, '["mil/inboxd.toml"]', '["mil/inboxd.toml", "third.toml", "nowhere.toml"]')
    change(main, 'contact = "613-555-0100"', 'contacts = "613-555-0100"')
    change(main.parent / "mil" / "inboxd.toml", '"MIL"', '"mil"')
    told = complaints(main)
    assert [line.split(": ")[1] for line in told] == [
        "replies.contact", "replies.contacts", "office.reference_prefix", "cannot be read", "is not TOML",
    ]


def test_only_the_main_file_names_channels_and_each_once(main: Path) -> None:
    change(main, '["mil/inboxd.toml"]', '["mil/inboxd.toml", "./inboxd.toml", "mil/../mil/inboxd.toml"]')
    with (main.parent / "mil" / "inboxd.toml").open("a", encoding="utf-8") as file:
        file.write('[service]\nchannels = ["other.toml"]\n')
    told = complaints(main)
    line = line_in(main, "channels = ")
    assert [told[0].partition(" names")[0], told[1].partition(" names")[0]] == [
        f"inboxd.toml:{line}: service.channels.2:", f"inboxd.toml:{line}: service.channels.3:"]
    assert "only the main file names channels" in told[2]


def test_a_channel_is_chosen_by_its_name(main: Path) -> None:
    assert choose(main, "mil") == main.parent / "mil" / "inboxd.toml"
    assert choose(main, "main") == main
    with pytest.raises(BadConfig, match="there is no channel 'mli'; there are: main, mil"):
        choose(main, "mli")


# One voice


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    for word in ("ready", "reloading", "stopping", "watchdog"):
        monkeypatch.setattr(notify, word, lambda word=word: said.append(word))
    return said


def test_ready_when_all_are(told: list[str]) -> None:
    voice = OneVoice(["main", "mil"])
    main, mil = voice.of("main"), voice.of("mil")
    main.ready()
    main.ready()
    assert told == []
    mil.ready()
    mil.ready()
    assert told == ["ready"]


def test_reloading_ends_when_the_last_one_has_read_its_rules(told: list[str]) -> None:
    voice = OneVoice(["main", "mil"])
    main, mil = voice.of("main"), voice.of("mil")
    main.ready()
    main.reloading()
    assert told == [], "it has not started yet"
    main.ready()
    mil.ready()
    main.reloading()
    mil.reloading()
    main.ready()
    mil.ready()
    assert told == ["ready", "reloading", "ready"]


def test_stopping_is_told_once_and_nothing_after_it(told: list[str]) -> None:
    voice = OneVoice(["main", "mil"])
    voice.of("main").stopping()
    voice.of("mil").ready()
    voice.of("mil").stopping()
    voice.of("main").ready()
    assert told == ["stopping"]


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_a_sign_is_passed_on_only_when_every_loop_gave_one_since_the_last(signs: list[str]) -> None:
    """Against the plain rule: count each one's signs since the last that was passed on."""
    passed: list[int] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(notify, "watchdog", lambda: passed.append(1))
        voice, since = OneVoice("abc"), dict.fromkeys("abc", 0)
        for name in signs:
            before = len(passed)
            voice.of(name).watchdog()
            since[name] += 1
            expected = all(since.values())
            assert len(passed) - before == expected
            since = dict.fromkeys("abc", 0) if expected else since


def test_one_that_has_ended_is_not_waited_for(told: list[str]) -> None:
    voice = OneVoice(["main", "mil"])
    voice.of("main").watchdog()
    assert told == []
    voice.of("mil").gone()
    voice.of("main").watchdog()
    assert told == ["watchdog"]


# Whose line


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    maillog.start(stream)
    yield stream
    logging.getLogger("inboxd").handlers.clear()


def test_each_thread_names_its_own_channel(lines: io.StringIO) -> None:
    both = threading.Barrier(2)

    def work(name: str) -> None:
        with maillog.of_channel(name):
            both.wait()
            maillog.mail_done(7)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("main", "mil")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    maillog.mail_done(8)
    *named, plain = lines.getvalue().splitlines()
    assert sorted(line.partition(" info ")[2] for line in named) == [
        "mail.done mail=7 channel=main", "mail.done mail=7 channel=mil"]
    assert plain.endswith("mail.done mail=8")


def test_a_channel_in_a_channel_ends_with_it(lines: io.StringIO) -> None:
    with maillog.of_channel("main"):
        with maillog.of_channel("second office"):
            maillog.mail_done(1)
        maillog.mail_done(2)
    first, second = lines.getvalue().splitlines()
    assert first.endswith('channel="second office"')
    assert second.endswith("channel=main")
    assert EVENT.fullmatch(first)

"""Texts that people edit: what is sound comes into force at once and is kept; what is broken never reaches a sender."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import app, template_life
from inboxd.errors import BadConfig, Permanent
from inboxd.mail import Language
from inboxd.replies import Templates
from inboxd.replies.collection import PACKAGED
from inboxd.store import reply_values
from inboxd.tables import effects, events, template_sets
from inboxd.tables import reply_values as kept_values
from inboxd.template_life import Draft
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.office import ALERTS
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import minute, told
from tests.scenarios.world import Rows, World, open_world

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
REFUSED = "A changed text was refused: replies still go out with the one before"
OUTSIDER = "someone@elsewhere.example"
SECTIONS = {"rules": "second_reader = false"}
EN, FR = "en/receipt.txt.j2", "fr/receipt.txt.j2"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Rows:
    found: Rows = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def world(tmp_path: Path, database: Rows) -> Iterator[World]:
    yield from office(tmp_path, database)


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    """In SQLite, for what does not depend on the database."""
    yield from office(tmp_path, sqlite)


def office(root: Path, rows: Rows) -> Iterator[World]:
    """An office with a folder for its own texts, on the day after the daemon first ran."""
    folder = root / "texts"
    for language in ("en", "fr"):
        (folder / language).mkdir(parents=True)
    with open_world(root / "office", SECTIONS, FakePost(), rows) as opened:
        settings = opened.context.settings
        replies = settings.replies.model_copy(update={"templates": folder})
        opened.context.settings = settings.model_copy(update={"replies": replies})
        opened.clock.at = NOW
        start(opened)
        yield opened


def folder_of(world: World) -> Path:
    folder = world.context.settings.replies.templates
    assert folder is not None
    return folder


def start(world: World) -> None:
    """What the daemon does about texts at its start and whenever a file has changed."""
    assert template_life.take_from_disk(world.context, read(world))


def read(world: World) -> Templates:
    """As `app.read_rules` does with texts; criteria and the rest are another matter."""
    return app.read_templates(world.context.settings, world.context.rules.standards.calendar.zone)


def edit(world: World, place: str, old: str, new: str) -> None:
    """A person opens a text in an editor, the packaged one if the office has none, and saves it with a change."""
    path = folder_of(world) / place
    for language in ("en", "fr"):
        own = folder_of(world) / language / Path(place).name
        if not own.exists():
            shutil.copyfile(PACKAGED / language / Path(place).name, own)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def drafted(place: str, old: str, new: str) -> str:
    text = (PACKAGED / place).read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def thanks() -> Draft:
    """The receipt thanks its reader, in both languages."""
    return Draft(files={EN: drafted(EN, "We received your message", "Thank you. We received your message"),
                        FR: drafted(FR, "Nous avons reçu", "Merci. Nous avons reçu")})


def submit(world: World, number: int = 0) -> Any:
    """Documents come in; the row of the receipt."""
    world.deliver(documents(padding=number), world.clock.at)
    world.run()
    with world.context.database.reading() as tx:
        return tx.execute(select(effects).where(effects.c.kind == "send").order_by(effects.c.id.desc())).first()


def rows(world: World, table: Any) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table)).all())


def test_an_edited_pair_comes_into_force_and_is_kept_with_its_author(world: World) -> None:
    before = submit(world, 1)
    edit(world, EN, "We received your message", "Thank you. We received your message")
    edit(world, FR, "Nous avons reçu", "Merci. Nous avons reçu")
    start(world)
    after = submit(world, 2)
    assert "Thank you. We received" in world.post.sent()[-1].text
    assert "Thank you" not in world.post.sent()[-2].text
    newest, first = template_life.history(world.context, "receipt")
    assert (newest.version, first.version) == (after.template_version, before.template_version)
    assert newest.by.startswith("file:")
    assert (newest.how, newest.changed) == ("file", ("receipt",))
    assert EN in newest.note
    assert FR in newest.note
    assert newest.report == {"tried": {"receipt": 1}, "differ": {"receipt": 1}, "last": 200}
    noted = [row for row in rows(world, events) if row.event == "templates_taken"]
    assert [row.detail["how"] for row in noted] == ["first", "file"]
    assert noted[1].detail["notices"] == {"receipt": after.template_version}


def test_the_desk_writes_the_files_that_the_daemon_then_finds_unchanged(world: World) -> None:
    submit(world, 1)
    taken = template_life.activate(world.context, thanks(), by="person:kim", note="politeness")
    assert taken.trial.differing() == {"receipt": 1}
    assert "Thank you" in (folder_of(world) / EN).read_text(encoding="utf-8")
    start(world)
    submit(world, 2)
    assert "Thank you. We received" in world.post.sent()[-1].text
    assert [(each.by, each.note, each.how, each.is_in_force) for each in template_life.history(world.context)] == [
        ("person:kim", "politeness", "desk", True),
        ("inboxd", "the texts in force when versions began to be kept", "first", False)]


NESTED = "{% for a in [1,2,3,4,5,6,7,8,9,0] %}" * 8 + "x" + "{% endfor %}" * 8
BAD = {
    "syntax": ("{{ number", "en/receipt.txt.j2:4: expected token 'end of print statement', got 'We'"),
    "unknown name": ("{{ nubmer }}", "en/receipt.txt.j2:3: nubmer: is not a value of the notice receipt; it has"),
    "endless loop": (NESTED, "en/receipt.txt.j2:3: goes on for too long"),
    "attribute": ("{{ number.__class__ }}", "en/receipt.txt.j2:3: __class__: is not for templates"),
    "attribute by index": ("{{ files['__init__'] }}", "en/receipt.txt.j2:3: __init__: is not for templates"),
    "call": ("{{ number.format(1) }}", "en/receipt.txt.j2:3: calls, macros, imports"),
    "one language": ("", "en/receipt.txt.j2: has no twin fr/receipt.txt.j2; both languages change together"),
    "a megabyte": ("word " * 200_000, "en/receipt.txt.j2: is longer than 64 KiB"),
}
"""What is put in as the third line of the receipt, in both languages, and what its author is told."""


def test_every_bad_text_is_refused_with_its_reason_and_replies_go_on_with_the_last_good_one(world: World) -> None:
    good = submit(world).template_version
    for number, (kind, (line, reason)) in enumerate(BAD.items(), start=1):
        for language in ("en", "fr"):
            first, empty, rest = (PACKAGED / language / "receipt.txt.j2").read_text(encoding="utf-8").split("\n", 2)
            path = folder_of(world) / language / "receipt.txt.j2"
            path.write_text("\n".join([first, empty, line, rest]), encoding="utf-8")
        if kind == "one language":
            path.unlink()
        start(world)
        told = [str(problem).partition("texts/")[2] for problem in world.context.templates.refused]
        assert any(each.startswith(reason) for each in told), (kind, told)
        assert f"templates.refused why={folder_of(world)}/{reason[:20]}" in world.log.getvalue().replace('"', "")
        assert submit(world, number).template_version == good, kind
    assert {mail.message["Subject"] for mail in world.post.sent()} == {
        "Documents received for application E*****6789"}
    assert [each.how for each in template_life.history(world.context)] == ["first"]


def test_a_text_that_a_past_mail_breaks_is_refused_with_that_mail(world: World) -> None:
    receipt = submit(world)
    trap = """{% for row in files %}{% if row.name == "lettre d'emploi.pdf" %}{{ row.colour }}{% endif %}{% endfor %}"""
    for place, words in ((EN, "We received your message"), (FR, "Nous avons reçu")):
        edit(world, place, words, f"{trap}\n{words}")
    start(world)
    english, french = world.context.templates.refused
    assert english.file == folder_of(world) / EN
    assert english.line == 3
    assert "colour" in english.message
    assert f"(with the values of mail {receipt.mail_id})" in english.message
    assert french.file == folder_of(world) / FR
    submit(world, 2)
    assert {row.template_version for row in rows(world, effects) if row.template == "receipt"} == {
        receipt.template_version}


def test_a_broken_text_on_disk_does_not_keep_the_daemon_from_starting_with_the_last_good_one(lite: World) -> None:
    template_life.activate(lite.context, thanks(), by="person:kim", note="politeness")
    edit(lite, EN, "Thank you.", "Thank {{ you }}.")
    _, found = app.read_rules(lite.context.settings)  # what a new process does
    assert [problem.key for problem in found.refused] == ["you"]
    assert template_life.take_from_disk(lite.context, found)
    submit(lite)
    assert "Thank you. We received" in lite.post.sent()[-1].text
    with pytest.raises(BadConfig, match="you: is not a value"):
        app.read_rules(lite.context.settings, afresh=True)  # inboxd check


def test_the_team_is_told_once_with_file_and_line_and_once_when_it_is_over(lite: World) -> None:
    edit(lite, EN, "We received", "We {{ recieved }} received")
    start(lite)
    minute(lite, 20)
    assert told(lite) == [(ALERTS, REFUSED)]
    text = " ".join(lite.post.sent()[0].text.split())
    assert "en/receipt.txt.j2:3: recieved: is not a value of the notice receipt" in text
    assert "Un texte modifié a été refusé" in text
    edit(lite, EN, "{{ recieved }} ", "have ")
    edit(lite, FR, "Nous avons reçu", "Nous avons bien reçu")
    start(lite)
    minute(lite, 20)
    assert told(lite) == [(ALERTS, REFUSED), (ALERTS, f"Over: {REFUSED}")]
    assert "The texts on the disk are sound again, and in use." in lite.post.sent()[1].text


def test_the_desk_can_change_a_text_while_another_one_is_broken_on_disk(lite: World) -> None:
    edit(lite, "en/outsider.txt.j2", "Subject:", "Betreff:")
    start(lite)
    assert lite.context.templates.refused
    template_life.activate(lite.context, thanks(), by="person:kim", note="politeness")
    start(lite)
    assert lite.context.templates.refused, "the other one still is"
    submit(lite)
    assert "Thank you. We received" in lite.post.sent()[-1].text


def test_a_draft_is_tried_on_what_was_sent_in_both_languages(world: World) -> None:
    submit(world, 1)
    submit(world, 2)
    trial = template_life.try_out(world.context, thanks())
    assert (trial.is_sound, trial.changed, trial.tried) == (True, ("receipt",), {"receipt": 2})
    english, french = sorted(trial.alike(), key=lambda found: found[1][0].language)
    lines, found = english
    assert [line for line in lines if line[0] in "+-"][1].startswith("+Thank you. We received your message on")
    assert [(each.language, each.was_sent, each.mail_id) for each in found] == [
        (Language.EN, True, 2), (Language.EN, True, 1)]
    assert found[0].old.split("\n\n", 1)[1] == world.post.sent()[-1].text.replace("\r\n", "\n")
    assert {each.was_sent for each in french[1]} == {False}
    assert not rows(world, template_sets)[1:], "a trial takes nothing into use"


def test_an_unchanged_text_says_what_was_sent_to_the_letter(lite: World) -> None:
    """So that a difference is always the author's: values are kept and read back as they were."""
    submit(lite, 1)
    lite.deliver(in_bytes(letter("Hello", "When?", sender=OUTSIDER)), lite.clock.at)
    lite.deliver(critical(), lite.clock.at)
    french = letter("Bonjour", "Où en est la demande, s'il vous plaît?", sender="benoit.lachaine@parl.example")
    lite.deliver(in_bytes(french), lite.clock.at)
    lite.run()
    sent = {row.template for row in rows(lite, effects) if row.kind == "send"}
    assert {"receipt", "outsider", "ack_critical", "not_met", "page"} <= sent
    draft = Draft(files={
        f"{language}/{name}.txt.j2": (PACKAGED / language / f"{name}.txt.j2").read_text(encoding="utf-8") + "More.\n"
        for language in ("en", "fr") for name in sent})
    trial = template_life.try_out(lite.context, draft)
    assert {name for name in sent if trial.tried[name]} == sent
    for found in trial.comparisons:
        assert [line for line in found.diff() if line.startswith("-")] == []
        assert {line for line in found.diff() if line.startswith("+")} <= {"+More.", "+"}


def test_a_version_is_brought_back_and_names_itself_in_the_next_reply(world: World) -> None:
    first = submit(world, 1).template_version
    template_life.activate(world.context, thanks(), by="person:kim", note="politeness")
    second = submit(world, 2).template_version
    template_life.restore(world.context, "receipt", by="person:ada", note="too polite")
    assert submit(world, 3).template_version == first
    assert not (folder_of(world) / EN).exists(), "the packaged text is in force again"
    template_life.restore(world.context, "receipt", second[:6], by="person:ada", note="it was nice after all")
    assert submit(world, 4).template_version == second
    assert [(each.version, each.by, each.how) for each in template_life.history(world.context, "receipt")] == [
        (second, "person:ada", "restore"), (first, "person:ada", "restore"), (second, "person:kim", "desk"),
        (first, "inboxd", "first")]
    assert "+Thank you." in "\n".join(template_life.difference(world.context, "receipt"))
    assert template_life.difference(world.context, "receipt", second, second) == []
    start(world)
    assert not world.context.templates.refused
    assert len(rows(world, template_sets)) == 4


def test_restore_puts_files_that_were_refused_back_as_what_is_in_force(lite: World) -> None:
    template_life.activate(lite.context, thanks(), by="person:kim", note="politeness")
    good = template_life.history(lite.context, "receipt")[0].version
    edit(lite, EN, "Thank you.", '{% include "_turn.txt.j2" %}Thank {{ you }}.')
    for language in ("en", "fr"):
        (folder_of(lite) / language / "_turn.txt.j2").write_text('{% include "_turn.txt.j2" %}\n', encoding="utf-8")
    start(lite)
    assert lite.context.templates.refused
    taken = template_life.restore(lite.context, "receipt", by="person:kim", note="back to what is sent")
    assert taken.notices == {}
    assert "Thank you. We" in (folder_of(lite) / EN).read_text(encoding="utf-8")
    start(lite)
    assert not lite.context.templates.refused
    assert submit(lite).template_version == good
    assert template_life.history(lite.context, "receipt")[0].version == good
    assert template_life.history(lite.context)[0].note == "back to what is sent"


def test_a_part_that_several_notices_share_comes_back_with_the_notice(lite: World) -> None:
    place = "en/_signature.txt.j2"
    files = {f"{one}/_signature.txt.j2": (PACKAGED / one / "_signature.txt.j2").read_text(encoding="utf-8") + "2\n"
             for one in ("en", "fr")}
    taken = template_life.activate(lite.context, Draft(files=files), by="person:kim", note="a second line")
    assert {"receipt", "failure", "outsider"} <= set(taken.notices)
    draft = template_life.restoring(lite.context, "receipt")
    assert draft.files[place] is None
    assert "failure" in template_life.try_out(lite.context, draft).changed


def test_nothing_is_taken_into_use_without_a_reason_a_change_or_over_another_persons_change(lite: World) -> None:
    context = lite.context
    seen = template_life.in_force(context).version
    with pytest.raises(Permanent, match="say in a few words what changed"):
        template_life.activate(context, thanks(), by="person:kim", note=" ")
    with pytest.raises(BadConfig, match="no place for a text"):
        template_life.activate(context, Draft(files={"../inboxd.toml": "x", "en/../../x": "y"}), by="k", note="n")
    with pytest.raises(BadConfig, match=r"en/notes\.txt: is not a file that inboxd would use"):
        template_life.activate(context, Draft(files={"en/notes.txt": "x"}), by="k", note="n")
    template_life.activate(context, thanks(), by="person:kim", note="politeness")
    with pytest.raises(Permanent, match="in force already"):
        template_life.activate(context, thanks(), by="person:kim", note="politeness")
    other = Draft(files={place: text.replace("Thank you", "Thanks").replace("Merci", "Merci bien")
                         for place, text in thanks().files.items() if text}, based_on=seen)
    with pytest.raises(Permanent, match="was changed meanwhile by person:kim"):
        template_life.activate(context, other, by="person:ada", note="shorter")
    elsewhere = Draft(files={f"{one}/outsider.txt.j2": drafted(f"{one}/outsider.txt.j2", "\n\n", "\n\nHello.\n\n")
                             for one in ("en", "fr")}, based_on=seen)
    template_life.activate(context, elsewhere, by="person:ada", note="another notice")
    assert "Thank you" in (folder_of(lite) / EN).read_text(encoding="utf-8")


def test_a_disk_that_refuses_leaves_neither_file_nor_row(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Path.replace

    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Permanent, match="cannot be written: No space left on device; nothing was changed"):
        template_life.activate(lite.context, thanks(), by="person:kim", note="politeness")
    monkeypatch.setattr(Path, "replace", written)
    assert [path.name for path in folder_of(lite).rglob("*") if path.is_file()] == []
    assert len(rows(lite, template_sets)) == 1
    start(lite)
    assert submit(lite).template_version == template_life.history(lite.context, "receipt")[0].version


def test_preview_shows_a_draft_with_the_values_of_a_past_mail(world: World) -> None:
    receipt = submit(world)
    shown = template_life.preview(world.context, "receipt", Language.FR, draft=thanks(), mail_id=receipt.mail_id)
    assert "lettre d'emploi.pdf" in shown.text.body
    assert "Merci. Nous avons reçu" in shown.text.body
    assert shown.at == NOW
    with pytest.raises(Permanent, match="had no held"):
        template_life.preview(world.context, "held", Language.FR, mail_id=receipt.mail_id)
    with pytest.raises(Permanent, match="is receipt meant"):
        template_life.preview(world.context, "reciept", Language.FR)


def test_only_the_latest_values_are_kept_and_purged_mail_leaves_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_values, "KEPT", 2)
    for number in range(3):
        submit(world, number)
        world.clock.forward(minutes=1)
    kept = rows(world, kept_values)
    assert len([row for row in kept if row.template == "receipt"]) == 2
    with world.context.database.transaction() as tx:
        reply_values.forget(tx, [row.key for row in kept])
    assert rows(world, kept_values) == []

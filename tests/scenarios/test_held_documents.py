"""The ways out for held documents: a person releases or refuses them, or what they waited for answers again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import holding, timers
from inboxd.archive import DOCUMENTS, digest_of
from inboxd.cli.verifying import verify
from inboxd.documents import Application, Instruction
from inboxd.errors import Permanent
from inboxd.plan import INTERNAL_NOTICES
from inboxd.store import reading
from inboxd.tables import filings, mails
from tests.crash.letters import PHRASE, in_bytes, letter
from tests.fakes import FakeScanner, FarRegister
from tests.files.office import docx_with_macro
from tests.files.pdf import pdf
from tests.scenarios.posts import FakePost
from tests.scenarios.reading import HERE, read
from tests.scenarios.world import Rows, World, open_world

ARRIVED = datetime.fromisoformat("2026-11-12T10:00:00-05:00")
SCANNED = {"scanner": 'socket = "/run/invented.ctl"'}
OVER_HTTP = {"records": 'url = "http://127.0.0.1:9/register"'}


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, {}, post, sqlite) as opened:
        yield opened


@pytest.fixture
def scanned(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, SCANNED, post, sqlite) as opened:
        yield opened


@pytest.fixture
def remote(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, OVER_HTTP, post, sqlite) as opened:
        yield opened


def submission(text: str = "UCI 11-2222-3333", number: str = "E123456789", *files: tuple[str, bytes]) -> bytes:
    mail = letter(f"{PHRASE} {number}", text)
    for name, content in files or (("letter.pdf", pdf()),):
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return in_bytes(mail)


def arrive(world: World, raw: bytes, at: datetime = ARRIVED) -> int:
    world.deliver(raw, at)
    world.run()
    with world.context.database.reading() as tx:
        return int(tx.scalars(select(mails.c.id).order_by(mails.c.id.desc())).first() or 0)


def arrive_as(world: World, scenario: str) -> int:
    step = next(step for step in read(next(HERE.glob(f"{scenario}-*"))).steps if step.expected is not None)
    raw = step.mail(lambda kind, ordinal, name: b"")
    return arrive(world, raw, step.arrival(raw))


def row(world: World, mail_id: int) -> Any:
    with world.context.database.reading() as tx:
        story = reading.story(tx, mail_id)
    assert story is not None
    return story


def order(world: World, mail_id: int, action: str, **more: str) -> None:
    holding.instruct(world.context, mail_id, Instruction(action=action, actor="person:kim", **more))
    world.run()


def to_sender(post: FakePost) -> list[str]:
    return [mail.template for mail in post.keeper.sent if mail.template not in INTERNAL_NOTICES]


def alerts(post: FakePost) -> list[str]:
    return [mail.raw.decode() for mail in post.keeper.sent if mail.template in INTERNAL_NOTICES]


def in_order(world: World) -> None:
    """Whatever happened: nothing rings later, and nothing is lost."""
    world.clock.forward(days=30)
    assert timers.fire_due(world.context) == 0
    assert verify(world.context, deep=True, offline=True).gaps == []


def test_documents_without_an_identifier_are_released_by_a_person(world: World, post: FakePost) -> None:
    mail_id = arrive_as(world, "076")
    order(world, mail_id, "release")
    story = row(world, mail_id)
    assert story["mail"]["state"] == "done"
    assert [item["outcome"] for item in story["submissions"]] == ["hold", "accept"]
    assert [item["application_number"] for item in story["filings"]] == ["E123456789"]
    assert to_sender(post) == ["held", "receipt"]
    assert post.contents().keys() == {"Documents/Filed"}
    assert [(event["event"], event["actor"]) for event in story["events"] if "ordered" in event["event"]] == [
        ("release_ordered", "person:kim")
    ]
    assert "released by a person" in story["mail"]["because"]
    in_order(world)


def test_a_legacy_number_is_released_to_the_record_that_a_person_found(world: World, post: FakePost) -> None:
    mail_id = arrive_as(world, "070")
    order(world, mail_id, "release", number="W987654321")
    story = row(world, mail_id)
    assert [item["application_number"] for item in story["filings"]] == ["W987654321"]
    assert to_sender(post) == ["held", "receipt"]
    in_order(world)


def test_released_to_a_number_without_a_record_is_held_again_and_nobody_is_told_that_it_failed(
    world: World, post: FakePost
) -> None:
    mail_id = arrive_as(world, "070")
    order(world, mail_id, "release", number="W111222333")
    assert row(world, mail_id)["mail"]["held_reason"] == "NUMBER_UNKNOWN"
    assert to_sender(post) == ["held"]


def test_a_number_that_is_too_weak_is_not_released_without_another(world: World, post: FakePost) -> None:
    mail_id = arrive_as(world, "070")
    with pytest.raises(Permanent, match="give --number"):
        order(world, mail_id, "release")
    assert row(world, mail_id)["mail"]["state"] == "held"
    assert to_sender(post) == ["held"], "nobody is told of the operator's slip"


def test_what_the_register_refused_is_refused_by_a_person_too(remote: World, post: FakePost) -> None:
    far = remote.context.register
    assert isinstance(far, FarRegister)
    far.refuses = "the application is closed"
    mail_id = arrive(remote, submission())
    with pytest.raises(Permanent, match="REGISTER_REFUSED"):
        order(remote, mail_id, "release")
    order(remote, mail_id, "refuse", reason="NUMBER_UNKNOWN")
    assert row(remote, mail_id)["mail"]["state"] == "done"
    assert to_sender(post) == ["receipt", "failure"]
    in_order(remote)


def test_a_release_lets_no_bad_file_through(world: World, post: FakePost) -> None:
    mail_id = arrive(
        world, submission("Please add these.", "E123456789", ("a.pdf", pdf()), ("b.docx", docx_with_macro()))
    )
    held = next(mail for mail in post.keeper.sent if mail.template == "held")
    assert b"b.docx" in held.raw, "what is wrong anyway is told in the same notice"
    order(world, mail_id, "release")
    story = row(world, mail_id)
    last = [(item["safe_name"], item["outcome"], item["reason"]) for item in story["files"]][-2:]
    assert last == [("a.pdf", "attached", ""), ("b.docx", "refused", "MACRO_OR_ACTIVE")]
    assert to_sender(post) == ["held", "partial"]
    in_order(world)


def test_a_sender_who_could_not_be_verified_is_vouched_for(world: World, post: FakePost) -> None:
    raw = submission().replace(b"dmarc=pass", b"dmarc=fail")
    mail_id = arrive(world, raw)
    assert row(world, mail_id)["mail"]["held_reason"] == "SENDER_UNVERIFIED"
    assert to_sender(post) == []
    order(world, mail_id, "release")
    assert row(world, mail_id)["mail"]["route"] == "submission"
    assert to_sender(post) == ["receipt"]
    in_order(world)


def test_refused_documents_get_a_failure_notice_that_gives_nothing_away(world: World, post: FakePost) -> None:
    mail_id = arrive_as(world, "074")
    order(world, mail_id, "refuse", reason="NUMBER_UNKNOWN")
    story = row(world, mail_id)
    assert (story["mail"]["state"], story["mail"]["rule"]) == ("done", "refused_by_a_person")
    assert story["filings"] == []
    assert to_sender(post) == ["held", "failure"]
    notice = next(mail for mail in post.keeper.sent if mail.template == "failure").raw
    assert b"could not be matched" in notice
    assert b"1122" not in notice
    assert post.contents().keys() == {"Documents/Failed"}
    in_order(world)


def test_nothing_is_sent_to_a_sender_who_is_not_verified_when_a_person_refuses(world: World, post: FakePost) -> None:
    mail_id = arrive(world, submission().replace(b"dmarc=pass", b"dmarc=fail"))
    order(world, mail_id, "refuse", reason="NUMBER_UNKNOWN")
    assert row(world, mail_id)["mail"]["state"] == "done"
    assert to_sender(post) == []
    in_order(world)


@pytest.mark.parametrize("scenario", ["001", "270"])
def test_what_is_not_held_can_be_neither_released_nor_refused(world: World, scenario: str) -> None:
    mail_id = arrive_as(world, scenario)
    before = row(world, mail_id)
    for action, more in (("release", {}), ("refuse", {"reason": "NUMBER_UNKNOWN"})):
        with pytest.raises(Permanent, match="is not held"):
            order(world, mail_id, action, **more)
    assert row(world, mail_id) == before
    with pytest.raises(Permanent, match="there is no mail 4711"):
        order(world, 4711, "release")


def test_while_the_scanner_is_down_nothing_passes_and_later_everything_does(scanned: World, post: FakePost) -> None:
    scanner = scanned.context.scanner
    assert isinstance(scanner, FakeScanner)
    scanner.down = True
    mail_id = arrive(scanned, submission())
    story = row(scanned, mail_id)
    assert (story["mail"]["held_reason"], story["filings"]) == ("NOT_SCANNED", [])
    assert "our checks are delayed" in next(mail.subject for mail in post.keeper.sent if mail.template == "held")
    assert not list(scanned.context.archive.digests(DOCUMENTS))
    for _ in range(3):
        scanned.clock.forward(hours=2)
        scanned.run()
    assert row(scanned, mail_id)["mail"]["decisions"] == 1, "not decided again while nothing has changed"
    scanner.down = False
    scanned.run()
    assert row(scanned, mail_id)["mail"]["state"] == "held", "it has its pause"
    scanned.clock.forward(hours=2)
    scanned.run()
    assert row(scanned, mail_id)["mail"]["state"] == "done"
    assert to_sender(post) == ["held", "receipt"]
    in_order(scanned)


def test_a_release_does_not_go_round_the_scanner(scanned: World, post: FakePost) -> None:
    scanner = scanned.context.scanner
    assert isinstance(scanner, FakeScanner)
    mail_id = arrive_as(scanned, "076")
    scanner.down = True
    order(scanned, mail_id, "release")
    assert row(scanned, mail_id)["mail"]["held_reason"] == "NOT_SCANNED"
    scanner.down = False
    scanned.clock.forward(hours=2)
    scanned.run()
    assert row(scanned, mail_id)["mail"]["state"] == "done", "the release is remembered"
    assert to_sender(post) == ["held", "receipt"]


def test_malware_is_quarantined_and_its_sender_told_no_detail(scanned: World, post: FakePost) -> None:
    bad = pdf() + b"% INVENTED-MALWARE-MARKER\n"
    mail_id = arrive(scanned, submission("UCI 11-2222-3333", "E123456789", ("good.pdf", pdf()), ("bad.pdf", bad)))
    story = row(scanned, mail_id)
    assert [(item["safe_name"], item["outcome"], item["reason"]) for item in story["files"]] == [
        ("good.pdf", "attached", ""), ("bad.pdf", "refused", "MALWARE"),
    ]
    assert story["files"][1]["finding"] == "Invented.Marker"
    assert post.contents().keys() == {"Quarantine"}
    assert list(scanned.context.archive.digests(DOCUMENTS)) == [digest_of(pdf())]
    told = next(mail for mail in post.keeper.sent if mail.template == "partial").raw
    assert b"Invented" not in told
    assert b"security reasons" in told
    assert any("do not open it" in alert for alert in alerts(post))
    assert not any("Invented" in alert for alert in alerts(post))
    in_order(scanned)


def test_a_document_goes_to_a_register_over_http(remote: World, post: FakePost) -> None:
    mail_id = arrive(remote, submission())
    far = remote.context.register
    assert isinstance(far, FarRegister)
    assert list(far.has.values()) == [pdf()]
    story = row(remote, mail_id)
    assert [(item["state"], item["answer"]) for item in story["filings"]] == [("attached", "attached")]
    assert {item["state"] for item in story["timers"]} == {"cancelled"}
    assert story["mail"]["state"] == "done"
    assert b"on their way to the application" in next(m for m in post.keeper.sent if m.template == "receipt").raw
    in_order(remote)


def test_while_the_register_is_down_documents_wait(remote: World, post: FakePost) -> None:
    far = remote.context.register
    assert isinstance(far, FarRegister)
    far.down = True
    mail_id = arrive(remote, submission())
    assert row(remote, mail_id)["mail"]["held_reason"] == "REGISTER_UNAVAILABLE"
    far.down = False
    remote.clock.forward(hours=2)
    remote.run()
    assert row(remote, mail_id)["mail"]["state"] == "done"
    assert len(far.has) == 1
    assert to_sender(post) == ["held", "receipt"]
    in_order(remote)


def test_a_register_that_goes_down_after_the_look_up_gets_the_document_later(remote: World, post: FakePost) -> None:
    far = remote.context.register
    assert isinstance(far, FarRegister)
    look_up = far.look_up

    def then_down(number: str) -> Application | None:
        found = look_up(number)
        far.down = True
        return found

    far.look_up = then_down  # type: ignore[method-assign]  # the network goes between two questions
    mail_id = arrive(remote, submission())
    story = row(remote, mail_id)
    assert (story["mail"]["state"], story["filings"][0]["state"]) == ("decided", "due")
    assert to_sender(post) == ["receipt"]
    assert remote.post.contents().keys() == {"INBOX"}, "what is not finished stays in sight"
    far.down = False
    remote.clock.forward(hours=2)
    remote.run()
    assert row(remote, mail_id)["filings"][0]["state"] == "attached"
    assert to_sender(post) == ["receipt"]
    in_order(remote)


def test_what_the_register_refuses_is_held_told_to_people_and_handed_in_again(remote: World, post: FakePost) -> None:
    far = remote.context.register
    assert isinstance(far, FarRegister)
    far.refuses = "the register refused it: the application is closed"
    mail_id = arrive(remote, submission())
    story = row(remote, mail_id)
    assert (story["mail"]["state"], story["filings"][0]["state"]) == ("held", "refused")
    assert story["filings"][0]["answer"] == far.refuses
    assert any("did not take a document" in alert for alert in alerts(post))
    assert post.contents().keys() == {"Held"}
    assert {item["state"] for item in story["timers"]} == {"set"}, "the filing clock goes on"
    far.refuses = ""
    assert holding.retry(remote.context, mail_id, "person:kim")
    remote.run()
    story = row(remote, mail_id)
    assert (story["mail"]["state"], story["filings"][0]["state"]) == ("done", "attached")
    assert post.contents().keys() == {"Documents/Filed"}
    assert to_sender(post) == ["receipt"]
    in_order(remote)


def test_the_same_document_for_a_register_that_has_not_taken_the_first_yet_is_confirmed(
    remote: World, post: FakePost
) -> None:
    arrive(remote, submission())
    arrive(remote, submission("UCI 11-2222-3333, once more"), ARRIVED + timedelta(hours=1))
    with remote.context.database.reading() as tx:
        assert len(tx.execute(select(filings)).all()) == 1
    far = remote.context.register
    assert isinstance(far, FarRegister)
    assert len(far.has) == 1
    assert to_sender(post) == ["receipt", "receipt"]


def test_a_record_that_comes_between_look_and_decision_lets_nothing_pass_unlooked(
    world: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number is unknown when files would be looked into, and known in the deciding transaction: once more."""
    from inboxd import looking_inside, records

    number = "E555666777"
    given = Application(number=number, uci="1122223333")
    seen: list[int] = []
    considered = looking_inside.with_findings

    def import_behind_its_back(*args: Any) -> Any:
        found = considered(*args)
        if not seen:
            with world.context.database.transaction() as tx:
                records.put(tx, [given], world.clock.at)
        seen.append(len(found.findings))
        return found

    monkeypatch.setattr(looking_inside, "with_findings", import_behind_its_back)
    mail_id = arrive(world, submission(number=number))
    world.clock.forward(minutes=2)
    world.run()
    assert seen == [0, 1]
    assert row(world, mail_id)["mail"]["state"] == "done"
    assert to_sender(post) == ["receipt"]

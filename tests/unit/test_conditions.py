"""What counts as an incident: the limits of each condition, and that what is in doubt is neither wrong nor well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.conditions import (
    ENDINGS,
    Backlog,
    Ending,
    Kind,
    Situation,
    found,
    is_growing,
    most_end_on,
)
from inboxd.settings import WatchSettings

NOW = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
WATCH = WatchSettings()
WELL = Situation(now=NOW, last_reading=NOW, reconcile=timedelta(minutes=1), free_bytes=10**10, min_free_bytes=10**9)


def wrong(situation: Situation, watch: WatchSettings = WATCH) -> dict[tuple[str, str], bool]:
    """Kind and subject of everything found, and whether it opens an incident."""
    return {(str(finding.kind), finding.subject): finding.opens for finding in found(situation, watch).findings}


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_all_is_well() -> None:
    assert found(WELL, WATCH).findings == ()
    assert found(WELL, WATCH).unknown == frozenset()


@pytest.mark.parametrize(("minutes", "silent", "doubted"), [
    (0, False, False), (2.9, False, False), (3.1, False, True), (9.9, False, True), (10, True, True), (9e5, True, True),
])
def test_a_mailbox_is_silent_from_ten_minutes_on_and_not_well_after_three(
    minutes: float, silent: bool, doubted: bool
) -> None:
    result = found(replace(WELL, last_reading=ago(minutes)), WATCH)
    assert bool(result.findings) is silent
    assert ((Kind.MAILBOX_SILENT, "mailbox") in result.unknown) is doubted
    for finding in result.findings:
        assert (finding.since, finding.wait) == (ago(minutes), timedelta(minutes=5))


def test_a_reading_in_the_future_is_none() -> None:
    for last in (None, NOW + timedelta(minutes=3)):
        only, = found(replace(WELL, last_reading=last), WATCH).findings
        assert (only.kind, only.since, only.wait) == (Kind.MAILBOX_SILENT, NOW, timedelta(minutes=15))
    assert wrong(replace(WELL, last_reading=NOW + timedelta(minutes=1))) == {}, "clocks of two hosts differ a little"


def test_a_sent_folder_is_silent_by_itself_only_while_the_inbox_is_read() -> None:
    sent, inbox = ("sent_silent", "mailbox.sent_folder"), ("mailbox_silent", "mailbox")
    office = replace(WELL, reads_sent=True, last_sent_reading=NOW)
    assert wrong(office) == {}
    assert wrong(replace(WELL, last_sent_reading=ago(60))) == {}, "none is read here"
    assert wrong(replace(office, last_sent_reading=ago(11))) == {sent: True}
    assert wrong(replace(office, last_sent_reading=None)) == {sent: True}
    assert wrong(replace(office, last_reading=ago(11), last_sent_reading=ago(60))) == {inbox: True, sent: False}
    assert (Kind.SENT_SILENT, sent[1]) in found(replace(office, last_sent_reading=ago(4)), WATCH).unknown


def test_with_a_full_disk_silence_explains_itself() -> None:
    full = replace(WELL, free_bytes=10**9 - 1, last_reading=ago(60))
    assert wrong(full) == {("disk_low", "storage.archive"): True, ("mailbox_silent", "mailbox"): False}


@pytest.mark.parametrize(("late", "done", "is_wrong"), [(0, 0, False), (1, 0, True), (1, 1, False), (9, 8, True)])
def test_replies_wait_if_more_are_late_than_went_out(late: int, done: int, is_wrong: bool) -> None:
    replies = Backlog(waiting=late + 3, oldest=ago(45), late=late, done_lately=done)
    assert (("replies_waiting", "smtp") in wrong(replace(WELL, replies=replies))) is is_wrong


def test_what_was_given_up_does_not_end_it() -> None:
    matter = (Kind.REPLIES_WAITING, "smtp")
    assert matter in found(replace(WELL, sending_proven=False), WATCH).unknown
    assert matter in found(replace(WELL, replies=Backlog(waiting=2, failing=2)), WATCH).unknown
    assert matter not in found(replace(WELL, replies=Backlog(waiting=2, failing=1, done_lately=5)), WATCH).unknown


def test_moves_that_wait_while_the_mailbox_is_not_read_are_no_second_incident() -> None:
    moves = Backlog(waiting=3, oldest=ago(50), late=3)
    assert wrong(replace(WELL, moves=moves)) == {("moves_waiting", "mailbox"): True}
    silent = wrong(replace(WELL, moves=moves, last_reading=ago(40)))
    assert silent == {("mailbox_silent", "mailbox"): True, ("moves_waiting", "mailbox"): False}


def test_documents_wait_for_what_they_wait_for() -> None:
    waiting = replace(WELL, documents={"scanner": ago(31), "records": ago(29)})
    assert wrong(waiting) == {("documents_waiting", "scanner"): True}
    assert (Kind.DOCUMENTS_WAITING, "records") in found(waiting, WATCH).unknown


@pytest.mark.parametrize(("counts", "grows"), [
    ((), False), ((1, 60), False), ((10, 20, 30, 50), True), ((10, 20, 30, 49), False), ((10, 20, 20, 90), False),
    ((90, 80, 70, 60), False), ((0, 50, 49, 99), False),
])
def test_a_queue_grows_if_every_count_is_above_the_one_before(counts: tuple[int, ...], grows: bool) -> None:
    assert is_growing(counts, 50) is grows
    mails = Backlog(waiting=counts[-1] if counts else 0, oldest=ago(1), counts=counts)
    assert wrong(replace(WELL, mails=mails)) == ({("queue_growing", "mails"): True} if grows else {})
    late = replace(mails, late=1, oldest=ago(40))
    expected = {("mail_waiting", "mails"): True} | ({("queue_growing", "mails"): False} if grows else {})
    assert wrong(replace(WELL, mails=late)) == expected, "told as waiting already"


@pytest.mark.parametrize("kind", sorted(ENDINGS))
@pytest.mark.parametrize(("days", "is_near"), [(400, False), (13.9, True), (0, True), (-3, True)])
def test_what_ends_is_told_before(kind: Kind, days: float, is_near: bool) -> None:
    at = NOW + timedelta(days=days)
    result = found(replace(WELL, endings=(Ending(kind=kind, subject="smtp", at=at),)), WATCH)
    assert [finding.ends_at for finding in result.findings] == ([at] if is_near else [])


def test_certificates_have_a_time_of_their_own() -> None:
    at = NOW + timedelta(days=20)
    both = tuple(Ending(kind=kind, subject="smtp", at=at) for kind in (Kind.CERTIFICATE_ENDS, Kind.PASSWORD_ENDS))
    assert wrong(replace(WELL, endings=both)) == {("password_ends", "smtp"): True}
    assert len(wrong(replace(WELL, endings=both), WatchSettings(certificate_days=21))) == 2


def test_a_certificate_that_nobody_has_seen_is_in_doubt() -> None:
    unseen = Ending(kind=Kind.CERTIFICATE_ENDS, subject="smtp", at=None)
    result = found(replace(WELL, endings=(unseen,)), WATCH)
    assert (result.findings, result.unknown) == ((), {(Kind.CERTIFICATE_ENDS, "smtp")})


counts = st.integers(0, 10**6)
moments = st.none() | st.timedeltas(timedelta(days=-4000), timedelta(days=4000)).map(lambda off: NOW + off)
backlogs = st.builds(
    Backlog, waiting=counts, oldest=moments, failing=counts, late=counts, done_lately=counts,
    counts=st.lists(counts, max_size=4).map(tuple),
)
situations = st.builds(
    Situation, now=st.just(NOW), last_reading=moments, reconcile=st.timedeltas(timedelta(seconds=1), timedelta(days=2)),
    free_bytes=counts, min_free_bytes=counts, mails=backlogs, replies=backlogs, sending_proven=st.booleans(),
    moves=backlogs,
    documents=st.dictionaries(st.sampled_from(("scanner", "records")), moments.filter(lambda at: at is not None)),
    endings=st.lists(
        st.builds(Ending, kind=st.sampled_from(sorted(ENDINGS)), subject=st.sampled_from(("a", "b")), at=moments),
        max_size=4, unique_by=lambda ending: (ending.kind, ending.subject),
    ).map(tuple),
)


@given(situations)
def test_whatever_is_measured_each_matter_is_found_once_and_waits_no_negative_time(situation: Situation) -> None:
    result = found(situation, WATCH)
    matters = [finding.matter for finding in result.findings]
    assert len(matters) == len(set(matters))
    for finding in result.findings:
        assert finding.wait >= timedelta(0)
        assert (finding.ends_at is not None) is (finding.kind in ENDINGS)
        assert len(finding.kind) <= 30
        assert len(finding.subject) <= 60
        assert all(isinstance(value, int) for value in finding.detail.values()), "counts, no words"


@given(situations, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_what_is_wrong_stays_wrong_as_long_as_nothing_is_done(situation: Situation, later: timedelta) -> None:
    """Time alone mends nothing: what was found is found, or in doubt, at any later time."""
    before = {finding.matter for finding in found(situation, WATCH).findings}
    after = found(replace(situation, now=situation.now + later), WATCH)
    future = situation.last_reading is not None and situation.last_reading > situation.now
    lost = before - {finding.matter for finding in after.findings} - after.unknown
    assert lost <= ({(Kind.MAILBOX_SILENT, "mailbox")} if future else set())


# Offices


def day(text: str) -> date:
    return date.fromisoformat(text)


TODAY = day("2026-06-01")
EVER = (date.min, date.max)


def test_the_roster_ends_when_more_than_half_of_the_offices_do() -> None:
    ends = (date.min, day("2026-06-30"))
    assert most_end_on([[EVER], [EVER], [EVER]], TODAY) is None
    assert most_end_on([[ends], [EVER], [EVER]], TODAY) is None, "a by-election"
    assert most_end_on([[ends], [ends], [EVER], [EVER]], TODAY) is None, "half is not most"
    assert most_end_on([[ends], [ends], [ends], [EVER], [EVER]], TODAY) == day("2026-06-30"), "an election"
    assert most_end_on([], TODAY) is None
    assert most_end_on([[(date.min, day("2026-05-31"))]], TODAY) is None, "former offices do not count"


def test_an_office_that_carries_on_does_not_end() -> None:
    now, then = (date.min, day("2026-06-30")), (day("2026-07-01"), date.max)
    assert most_end_on([[now, then]], TODAY) is None
    assert most_end_on([[then, now]], TODAY) is None, "whatever the order of the rows"
    assert most_end_on([[now, (day("2026-07-02"), date.max)]], TODAY) == day("2026-06-30"), "a day without anybody"
    assert most_end_on([[now, (day("2026-05-01"), day("2026-08-31"))]], TODAY) == day("2026-08-31")


periods = st.lists(st.tuples(st.dates(day("2026-01-01"), day("2026-12-31")), st.integers(0, 200)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))), max_size=4)


@given(st.lists(periods, max_size=6))
def test_the_end_of_the_roster_agrees_with_counting_day_by_day(offices: list[list[tuple[date, date]]]) -> None:
    def there(office: list[tuple[date, date]], on: date) -> bool:
        return any(first <= on <= last for first, last in office)

    left = [office for office in offices if there(office, TODAY)]
    at_first, on = len(left), TODAY
    while left and 2 * len(left) >= at_first:
        on += timedelta(days=1)
        left = [office for office in left if there(office, on)]
    expected = on - timedelta(days=1) if at_first else None
    assert most_end_on(offices, TODAY) == expected

"""What deserves a look in a roster that holds together, by line and column; and that a sound roster gives no remark."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from inboxd.triage.roster import Ours, examine, former, remarks
from tests.unit.test_roster import FULL_HEADER, SAMPLE, row, saved

TODAY = date(2026, 11, 16)
OURS = Ours(client_domains=("parl.example", "sen.parl.example"), service=frozenset({"inbox@ircc.example"}),
            officers=("kim@ircc.example",), officer_domains=("officers.ircc.example",))  # fmt: skip


def said(folder: Path, *rows: str) -> list[str]:
    path = saved(folder, *rows, header=FULL_HEADER)
    sheet = examine(path)
    assert sheet.problems == ()
    return [str(remark).removeprefix(str(path)) for remark in remarks(sheet.members, OURS, TODAY, path)]


def one(**changes: str) -> str:
    return row(**{"valid_from": "", "valid_until": "", **changes})


def other(**changes: str) -> str:
    return one(**{"office": "o2", "member": "Jasvir Thindal", "riding": "Cedar Flats", "province": "BC",
                  "address": "jasvir.thindal@parl.example", **changes})  # fmt: skip


def test_the_sample_and_a_plain_roster_give_none(tmp_path: Path) -> None:
    sheet = examine(SAMPLE)
    assert remarks(sheet.members, OURS, date(2026, 11, 1), SAMPLE) == []
    assert said(tmp_path, one(), other()) == []


def test_an_office_from_which_nobody_can_write(tmp_path: Path) -> None:
    assert said(tmp_path, one(valid_until="2026-11-15"), other(valid_from="2026-12-01")) == [
        ":2: valid_until: nobody of office o1 can write since 2026-11-15; mail from there is held",
        ":3: valid_from: nobody of office o2 can write before 2026-12-01",
    ]


def test_an_office_of_the_past_is_only_counted(tmp_path: Path) -> None:
    rows = one(valid_until="2026-05-01"), other()
    assert said(tmp_path, *rows) == []
    assert former(examine(saved(tmp_path, *rows, header=FULL_HEADER)).members, TODAY) == 1


def test_a_period_that_ends_soon_and_is_carried_on_by_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, one(valid_until="2026-12-16"), other(valid_until="2026-11-16")) == [
        ":2: valid_until: ends in 30 days (2026-12-16), and no row carries it on",
        ":3: valid_until: ends today (2026-11-16), and no row carries it on",
    ]
    assert said(tmp_path, one(valid_until="2026-12-17")) == []
    carried = one(valid_until="2026-11-30"), one(valid_from="2026-12-01", language="fr")
    assert said(tmp_path, *carried) == []


def test_a_row_that_only_carries_another_on(tmp_path: Path) -> None:
    assert said(tmp_path, one(valid_until="2026-11-30"), one(valid_from="2026-12-01")) == [
        ":3: valid_from: only carries on line 2; one row would do"]


def test_a_riding_or_a_member_of_two_offices_on_one_day(tmp_path: Path) -> None:
    assert said(tmp_path, one(), other(riding="HARROW-BAY")) == [":3: riding: HARROW-BAY is office o1 too (line 2)"]
    assert said(tmp_path, one(), other(member="Orla  Fennimore", valid_from="2026-11-20")) == [
        ":3: member: Orla Fennimore is office o1 too from 2026-11-20 on (line 2)",
        ":3: valid_from: nobody of office o2 can write before 2026-11-20",
    ]
    elected = one(valid_until="2026-11-20"), other(riding="Harrow Bay", valid_from="2026-11-21")
    assert not [text for text in said(tmp_path, *elected) if ": riding:" in text]


def test_addresses_that_are_no_clients(tmp_path: Path) -> None:
    rows = [one(address=address) for address in (
        "orla@mail.example", "orla@par1.example", "inbox@ircc.example", "kim@ircc.example", "a@officers.ircc.example")]
    minister = one(office="m1", member="Minister", kind="minister", riding="", address="desk@minister.example")
    assert said(tmp_path, *rows, minister) == [
        ":2: address: its domain mail.example is not among the client domains; is that meant?",
        ":3: address: its domain par1.example looks like parl.example and is another: a slip, or a stranger?",
        ":4: address: is our own address; mail from it counts as ours, never as an office's",
        ":4: address: its domain ircc.example is not among the client domains; is that meant?",
        ":5: address: is an officer's by the settings (senders.officers, senders.officer_domains) too",
        ":5: address: its domain ircc.example is not among the client domains; is that meant?",
        ":6: address: is an officer's by the settings (senders.officers, senders.officer_domains) too",
        ":6: address: its domain officers.ircc.example is not among the client domains; is that meant?",
    ]


def test_what_is_over_is_not_told_of(tmp_path: Path) -> None:
    assert said(tmp_path, one(address="orla@par1.example", valid_until="2026-01-01"), one()) == []

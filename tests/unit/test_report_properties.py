"""Whatever a period was like: figures add up, shares are shares, each figure is the length of its list, in any form."""

from __future__ import annotations

import csv
import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.plan import Category, Route
from inboxd.reporting import Period, Report, cases, documents, mails, page, plain, sheets
from inboxd.reporting.tables import TOTAL, Entered, Shelves
from inboxd.reporting.wording import voice
from inboxd.store.reported import Correction, Look, LookedFile, ReportedCase, ReportedMail, Told
from inboxd.triage.roster import roster_of
from tests.unit.reported_office import HOURS, STANDARDS, at

NOVEMBER = Period(first=date(2026, 11, 1), last=date(2026, 11, 30))
FIRST, NOW = at("2026-11-01 00:00"), at("2026-12-04 12:00")
ROSTER = roster_of((), "v")
CATEGORIES = [category.value for category in Category]

times = st.integers(0, 30 * 24 * 60 - 1).map(lambda minutes: FIRST + timedelta(minutes=minutes))
spans = st.integers(0, 5 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
looked = st.builds(
    LookedFile, path=st.just("1.2"), sniffed_type=st.just("application/pdf"), size=st.integers(0, 9),
    outcome=st.sampled_from(documents.FILE_OUTCOMES), reason=st.sampled_from(("", "ENCRYPTED", "TOO_LARGE")),
)  # fmt: skip
looks = st.builds(
    Look, outcome=st.sampled_from(documents.OUTCOMES), due=st.just({}),
    reasons=st.lists(st.sampled_from(("ENCRYPTED", "NUMBER_UNKNOWN")), unique=True, max_size=2).map(tuple),
    files=st.lists(looked, max_size=3).map(tuple), filed=st.lists(st.none() | times, max_size=2).map(tuple),
)  # fmt: skip


@st.composite
def some_mail(draw: st.DrawFn) -> ReportedMail:
    arrived = draw(times)
    held = draw(st.sampled_from(("", "", "UNREADABLE", "CONSENT_MISSING")))
    detail = {"route": draw(st.sampled_from([route for route in Route if route is not Route.CANARY])), "held": held}
    lines = (Told(at=arrived, event="decided", detail=detail),) if draw(st.booleans()) else ()
    language = draw(st.sampled_from(("en", "fr", "both", "")))
    return ReportedMail(mail_id=0, arrived_at=arrived, sender="", language=language, lines=lines,
                        look=draw(st.none() | looks))  # fmt: skip


@st.composite
def some_case(draw: st.DrawFn) -> ReportedCase:
    received = draw(times)
    now = received + draw(spans)
    reply_by = received + draw(spans)
    category = draw(st.sampled_from(CATEGORIES))
    detail = {"category": category, "reply_by": reply_by.isoformat()}
    taken = received + (now - received) / 2
    lines = [Told(at=now, event="case_opened", detail=detail, arrived_at=received, taken_at=taken,
                  was_held=draw(st.booleans()))]  # fmt: skip
    corrections = []
    for event in draw(st.lists(st.sampled_from(
        ("answered", "raised", "paused", "resumed", "closed", "reopened", "overridden")), max_size=5)):  # fmt: skip
        now += draw(spans)
        detail = {"reply_by": (now + draw(spans)).isoformat(), "category": draw(st.sampled_from(CATEGORIES)),
                  "state": draw(st.sampled_from(("open", "answered")))}  # fmt: skip
        if event == "overridden":
            to = detail["category"]
            other = CATEGORIES[CATEGORIES.index(to) - 1]
            corrections.append(Correction(at=now, previous=other, category=to, how="folder"))
        lines.append(Told(at=now, event=f"case_{event}", detail=detail, arrived_at=now))
    return ReportedCase(reference="", mail_id=1, queue=draw(st.sampled_from(("mcmps", "mcmps", "mil"))),
                        received=received, reply_by=reply_by, lines=tuple(lines),
                        corrections=tuple(corrections))  # fmt: skip


def counted(
    some_mails: Sequence[ReportedMail], some_cases: Sequence[ReportedCase], entered: Entered | None = None,
    as_of: datetime = NOW,
) -> Report:  # fmt: skip
    shelves = Shelves((*mails.KEPT, *cases.KEPT, *documents.KEPT), entered)
    by_mail, by_case = mails.Mails(shelves, NOVEMBER, HOURS, ROSTER), cases.Cases(shelves, HOURS, as_of)
    of_documents = documents.Documents(shelves, HOURS, as_of, warn_days=2, breach_days=5)
    for number, mail in enumerate(some_mails, start=1):
        by_mail.add(dataclasses.replace(mail, mail_id=number))
        of_documents.add(dataclasses.replace(mail, mail_id=number))
    for number, case in enumerate(some_cases, start=1):
        by_case.add(dataclasses.replace(case, reference=f"MC26-{number:06}"))
    tables = (*by_mail.tables(), *by_case.tables(), *of_documents.tables())
    return Report(
        office_en="Office", office_fr="Bureau", first=NOVEMBER.first, last=NOVEMBER.last, month="2026-11",
        zone="America/Toronto", as_of=as_of, is_over=True, standards_version=STANDARDS.version, filing_days=(2, 5),
        tables={table.name: table for table in tables}, listings=shelves.listings,
    )  # fmt: skip


def total(report: Report, table: str) -> int:
    return next(line.counts[0].value for line in report.tables[table].lines if line.code == TOTAL)


def added(report: Report, table: str, column: int = 0) -> int:
    return sum(line.counts[column].value for line in report.tables[table].lines if line.code != TOTAL)


@settings(max_examples=60)
@given(st.lists(some_mail(), max_size=12), st.lists(some_case(), max_size=12))
def test_figures_add_up(some_mails: list[ReportedMail], some_cases: list[ReportedCase]) -> None:
    report = counted(some_mails, some_cases)
    assert total(report, "routes") == added(report, "routes") == added(report, "days") == len(some_mails)
    assert added(report, "mail_languages") == added(report, "office_languages") == added(report, "provinces")
    for table in ("categories", "held", "causes", "corrections", "submissions", "files", "filing"):
        assert total(report, table) == added(report, table), table
    assert total(report, "categories") == len(some_cases)
    assert sum(added(report, "standing", column) for column in range(len(cases.COUNTED))) == len(some_cases)
    assert added(report, "standing", 1) == total(report, "causes") == added(report, "outcomes")
    assert added(report, "held_reasons") == total(report, "held")
    assert total(report, "submissions") == sum(mail.look is not None for mail in some_mails)
    for line in report.tables["standing"].lines:
        on_time, breach, *_ = (count.value for count in line.counts)
        share, = line.numbers
        assert (share is None) == (on_time + breach == 0)
        assert share is None or share == pytest.approx(on_time / (on_time + breach))
    for line in report.tables["times"].lines:
        median, most, office_median, office_most = (-1 if number is None else number for number in line.numbers)
        assert median <= most
        assert office_median <= office_most <= max(most, 0) + 1e-9 or line.counts[0].value == 0


@settings(max_examples=30)
@given(st.lists(some_mail(), max_size=10), st.lists(some_case(), max_size=10))
def test_every_figure_is_the_length_of_its_list_on_the_page_and_in_the_files(
    some_mails: list[ReportedMail], some_cases: list[ReportedCase]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "report"
        with sheets.opened(root, HOURS.zone, replace=False) as files:
            report = counted(some_mails, some_cases, files.enter)
            files.finish(report)
        figures = [count for table in report.tables.values() for line in table.lines for count in line.counts]
        for count in figures:
            assert count.value == (len(report.listings[count.listing].names) if count.listing else 0)
        assert {count.listing for count in figures if count.listing} == set(report.listings)
        with (root / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert sum(bool(row["list"]) for row in rows) == len(report.listings)
        for row in rows:
            if row["list"]:
                with (root / row["list"]).open(encoding="utf-8-sig", newline="") as file:
                    listed = [found["name"] for found in csv.DictReader(file)]
                assert len(listed) == int(row["value"])
                assert Counter(listed) == Counter(map(str, report.listings[Path(row["list"]).stem].names))
        assert {path.stem for path in (root / "lists").iterdir()} == set(report.listings)
    told = json.loads(json.dumps(plain.document(report), default=str))
    for table in told["tables"].values():
        for line in table:
            for figure in line.values():
                if isinstance(figure, dict):
                    assert figure["value"] == len(told["lists"].get(figure["list"], ()))
    text = "".join(page.pieces(report, (Language.EN, Language.FR)))
    assert text.count('class="list"') == len(report.listings)
    for language in Language.EN, Language.FR:
        assert list(plain.texts(report, voice(language, report.zone, report.filing_days))) or not report.listings


def test_a_list_that_is_very_long_is_one_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inboxd.reporting.tables.MOST_ROWS", 3)
    held = Told(at=FIRST, event="decided", detail={"route": "enquiry", "held": "UNREADABLE"})
    one = ReportedMail(mail_id=0, arrived_at=FIRST, sender="", language="en", lines=(held,), look=None)
    for number in (3, 4):
        report = counted([one] * number, [])
        listing = report.listings["held-still"]
        assert (len(listing.names), listing.entries is None) == (number, number == 4)
        assert "".join(page.pieces(report, (Language.EN,))).count("UNREADABLE</td>") == (3 if number == 3 else 0)


def test_an_empty_month_is_a_report() -> None:
    report = counted([], [])
    text = "".join(page.pieces(report, (Language.EN, Language.FR)))
    assert "Nothing was counted here." in text
    assert report.listings == {}


def test_a_folder_of_something_else_is_let_alone(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "a.txt").write_text("mine")
    with pytest.raises(Permanent, match=r"holds other files \(a\.txt\)"), ExitStack() as stack:
        stack.enter_context(sheets.opened(folder, HOURS.zone, replace=True))
    assert (folder / "a.txt").read_text() == "mine"


def test_a_folder_is_whole_or_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "2026-11"
    with sheets.opened(folder, HOURS.zone, replace=False) as files:
        files.finish(counted([], []))
    with pytest.raises(Permanent, match="--replace"), sheets.opened(folder, HOURS.zone, replace=False):
        pass
    with pytest.raises(Permanent, match="No space left"), sheets.opened(folder, HOURS.zone, replace=True):
        raise OSError(28, "No space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11"]
    assert (folder / "figures.csv").is_file()
    with sheets.opened(folder, HOURS.zone, replace=True) as files:
        files.finish(counted([], []))
    (tmp_path / "file").write_text("")
    with pytest.raises(Permanent, match="is a file"), sheets.opened(tmp_path / "file", HOURS.zone, replace=True):
        pass

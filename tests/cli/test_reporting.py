"""`report`: the manager's figures of a month on a terminal, as a page, as CSV files, as JSON; and what it refuses."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxd import app
from inboxd.cli import reporting
from inboxd.settings import read_settings
from inboxd.tables import cases, effects, events, mails
from tests.cli.conftest import Give, document, one_line
from tests.office import Server, write_office
from tests.unit.reported_office import Desk, at
from tests.unit.test_report_figures import worked

AS_OF = ("--as-of", "2026-11-18T09:00")
MONTH = ("report", "--month", "2026-11", *AS_OF)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with a November of twelve cases."""
    root = tmp_path_factory.mktemp("november")
    path = write_office(root / "office", imap=Server(port=1, username="u", password="p"), smtp=Server(port=2))
    database = app.open_database(read_settings(path))
    database.prepare()
    desk = Desk(database)
    worked(desk)
    desk.mail(at("2026-11-20 10:00"), "passport")
    desk.submission(at("2026-11-09 10:00"), "partial", reasons=("ENCRYPTED",), outcomes=("attached", "refused"))
    database.close()
    return path


@pytest.fixture
def config(office: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That office, seen in December."""

    class December(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return at("2026-12-04 10:00")

    monkeypatch.setattr(reporting, "datetime", December)
    return office


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_person_reads_tables(config: Path, give: Give) -> None:
    ended = give(config, *MONTH)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("Messages received in November 2026. As things stood on Wednesday, November 18, 2026, ")
    assert "The period is not over: what comes later is not counted." in ended.out
    assert "Nobody answered in time" in ended.out
    assert "28.6%" in ended.out
    assert "the lists behind the figures: --html FILE or --csv DIR" in ended.out
    french = give(config, *MONTH, "--language", "fr")
    assert "Personne n’a répondu à temps" in french.out
    assert "28,6 %" in french.out


def test_last_month_is_meant_unless_another_is_named(config: Path, give: Give) -> None:
    assert document(give(config, "report", "--json"))["month"] == "2026-11"
    told = document(give(config, "report", "--month", "2026-10", "--json"))
    assert (told["first"], told["last"], told["is_over"]) == ("2026-10-01", "2026-10-31", True)
    days = document(give(config, "report", "--from", "2026-11-09", "--to", "2026-11-10", "--json"))
    assert (days["month"], [line["mails"]["value"] for line in days["tables"]["days"]]) == (None, [5, 0])
    assert document(give(config, "report", "--from", "2026-11-30", "--json"))["last"] == "2026-12-04"


def test_programs_get_every_figure_with_its_list(config: Path, give: Give) -> None:
    told = document(give(config, *MONTH, "--json"))
    assert told["as_of"] == "2026-11-18T14:00:00+00:00"
    urgent = next(line for line in told["tables"]["standing"] if line["code"] == "urgent")
    assert urgent["on_time"] == {"value": 1, "list": "standing-urgent-on_time"}
    assert (urgent["breach"]["value"], urgent["share"]) == (1, 0.5)
    late, = (row for row in told["lists"]["causes-no_answer"] if row["category"] == "urgent")
    assert (late["standing"], late["late_office_hours"]) == ("answered_late", 2.5)
    assert told["tables"]["routes"][-1]["mails"]["value"] == 14, "what came after --as-of is not counted"
    assert document(give(config, "report", "--json"))["tables"]["routes"][-1]["mails"]["value"] == 15


def test_a_page_and_files_are_written(config: Path, give: Give, tmp_path: Path) -> None:
    html, folder = tmp_path / "november.html", tmp_path / "november"
    ended = give(config, *MONTH, "--html", str(html), "--csv", str(folder))
    assert ended.status == 0, ended.err
    assert f"{html}: the report in en and fr" in ended.out
    text = html.read_text(encoding="utf-8")
    assert text.index("Report on service standards") < text.index("Rapport sur les normes de service")
    assert html.stat().st_mode & 0o777 == 0o640
    figures = {(row["table"], row["code"], row["figure"]): row for row in rows(folder / "figures.csv")}
    cause = figures["causes", "no_answer", "cases"]
    assert (cause["value"], cause["list"]) == ("2", "lists/causes-no_answer.csv")
    assert (cause["en"], cause["fr"]) == ("Nobody answered in time", "Personne n’a répondu à temps")
    assert figures["standing", "total", "share"]["value"] == "0.2857"
    listed = rows(folder / "lists" / "causes-no_answer.csv")
    assert [row["standing"] for row in listed] == ["answered_late", "not_answered"]
    assert listed[0]["reply_by"] == "2026-11-12T10:00:00-05:00"
    every = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.csv"))
    for secret in ("rivers", "kim", "E123456789", "parl.example"):
        assert secret not in every + text


def test_what_is_there_is_replaced_only_on_request(config: Path, give: Give, tmp_path: Path) -> None:
    html, folder = tmp_path / "november.html", tmp_path / "november"
    into = ("--html", str(html), "--csv", str(folder))
    assert give(config, *MONTH, *into).status == 0
    before = html.read_bytes()
    ended = give(config, *MONTH, *into)
    assert ended.status == 1
    assert one_line(ended) == f"inboxd: {html} is there already; give another name, or --replace"
    assert "holds a report already" in one_line(give(config, *MONTH, "--csv", str(folder)))
    assert give(config, *MONTH, *into, "--replace").status == 0
    assert html.read_bytes() == before, "the same rows, the same page"


@pytest.mark.parametrize(("options", "says"), [
    (("--month", "November"), "'November' is no month such as 2026-11"),
    (("--month", "2026-13"), "'2026-13' is no month such as 2026-11"),
    (("--month", "2027-01"), "2027-01 is in the future"),
    (("--month", "2026-11", "--from", "2026-11-01"), "--month and --from/--to cannot go together"),
    (("--to", "2026-11-01"), "--to needs --from"),
    (("--from", "2026-11-09", "--to", "2026-11-08"), "2026-11-08 is before 2026-11-09"),
    (("--from", "yesterday"), "'yesterday' is no day such as 2026-11-16"),
    (("--from", "2027-01-01", "--to", "2027-01-02"), "2027-01-01 is in the future"),
    (("--as-of", "soon"), "'soon' is no day or time such as 2026-12-05 or 2026-12-05T09:00"),
    (("--as-of", "2027-01-01"), "2027-01-01 is in the future"),
    (("--month", "2026-11", "--as-of", "2026-10-15"), "2026-11 is in the future"),
    (("--language", "de"), "'de' is not one of"),
])  # fmt: skip
def test_a_wrong_option_is_named(config: Path, give: Give, options: tuple[str, ...], says: str) -> None:
    ended = give(config, "report", *options)
    assert ended.status == 2
    assert says in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(("options", "says"), [
    (("--html", "nowhere/report.html"), "there is no folder"),
    (("--html", "office"), "is a folder; name a file in it"),
    (("--csv", "office"), "holds other files"),
    (("--csv", "office/inboxd.toml"), "is a file; name a folder"),
    (("--csv", "office/inboxd.toml/november"), "cannot write"),
])  # fmt: skip
def test_a_place_that_cannot_be_written_is_named_before_the_work(
    config: Path, give: Give, options: tuple[str, str], says: str
) -> None:
    ended = give(config, *MONTH, options[0], str(config.parent.parent / options[1]))
    assert ended.status == 1
    assert says in one_line(ended)
    assert ended.out == ""


def test_it_only_looks(config: Path, give: Give) -> None:
    def everything() -> str:
        database = app.open_database(read_settings(config))
        with database.reading() as tx:
            found = repr([tx.execute(table.select()).all() for table in (mails, cases, events, effects)])
        database.close()
        return found

    before = everything()
    assert give(config, *MONTH).status == 0
    assert everything() == before


def test_a_report_on_what_has_no_rows_is_one_of_nothing(tmp_path: Path, give: Give) -> None:
    path = write_office(tmp_path / "new", imap=Server(port=1, username="u", password="p"), smtp=Server(port=2))
    told = document(give(path, "report", "--json"))
    assert told["lists"] == {}
    ended = give(path, "report", "--html", str(tmp_path / "nothing.html"))
    assert ended.status == 0
    assert "Nothing was counted here." in (tmp_path / "nothing.html").read_text(encoding="utf-8")


def test_today_is_judged_by_now(config: Path, give: Give) -> None:
    told = json.loads(give(config, "report", "--month", "2026-12", "--json").out)
    assert told["as_of"] == at("2026-12-04 10:00").astimezone(UTC).isoformat()
    assert told["is_over"] is False
    assert len(told["tables"]["days"]) == 31
    assert at("2026-12-04 10:00") - timedelta(days=1) < datetime.fromisoformat(told["as_of"])

"""The built-in register: looked up exactly, attached to once, imported row by row with every bad row told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from inboxd import records, register_file
from inboxd.app import build
from inboxd.context import Context
from inboxd.documents import Application
from inboxd.errors import BadConfig, Problem
from inboxd.importing import count_rows, import_file
from inboxd.store import reading
from inboxd.tables import filings
from tests.office import Server, write_office
from tests.unit.test_store import take

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
HEADER = "number,family_name,given_name,date_of_birth,uci\n"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    server = Server(port=9, username="x", password="y")
    return write_office(tmp_path_factory.mktemp("register"), imap=server, smtp=Server(port=9))


@pytest.fixture(scope="module")
def context(config: Path) -> Iterator[Context]:
    made = build(config)
    yield made
    made.database.close()


def write(tmp_path: Path, rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


def read(path: Path) -> list[Application | Problem]:
    return list(register_file.read_rows(path, lambda number: number.startswith("E") and len(number) == 10))


def test_good_rows_are_records(tmp_path: Path) -> None:
    path = write(tmp_path, ' e100000001 ,"O\'Neil, Jr",Zoë\u0085,1980-01-31,11-2222-3333\nE100000002,,,,\n')
    first, second = read(path)
    assert first == Application(
        number="E100000001", family_name="O'Neil, Jr", given_name="Zoë", date_of_birth=date(1980, 1, 31),
        uci="1122223333",
    )
    assert isinstance(second, Application)
    assert second.date_of_birth is None


def test_columns_may_stand_in_any_order_with_others_between(tmp_path: Path) -> None:
    path = write(tmp_path, ",,1980-01-31,x,Alma,E100000001\n", "UCI,given_name,Date_of_birth,note,family_name,number\n")
    only, = read(path)
    assert isinstance(only, Application)
    assert (only.number, only.family_name, only.date_of_birth) == ("E100000001", "Alma", date(1980, 1, 31))


def test_every_bad_row_is_told_by_line_and_column(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "E100000001,Good,,,\n"
        "X1,,,,\n"
        "E100000003,,,1980-31-01,\n"
        'E100000004,"two\nlines",,,123\n'
        "E100000001,again,,,\n"
        "E100000006,one,two,,,too many\n",
    )
    bad = [(item.line, item.key) for item in read(path) if isinstance(item, Problem)]
    assert bad == [(3, "number"), (4, "date_of_birth"), (6, "uci"), (7, "number"), (8, "")]


def test_what_is_no_csv_any_more_is_told_and_what_came_before_is_kept(tmp_path: Path) -> None:
    found = read(write(tmp_path, 'E100000001,a,,,\nE100000002,"open,,,\nE100000003,b,,,\n'))
    assert isinstance(found[0], Application)
    assert isinstance(found[-1], Problem)
    assert "is not CSV from here on" in found[-1].message


def test_a_file_that_is_no_register_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="the header lacks uci"):
        read(write(tmp_path, "", "number,family_name,given_name,date_of_birth\n"))
    with pytest.raises(BadConfig, match="cannot be read"):
        read(tmp_path / "nowhere.csv")
    assert count_rows(tmp_path / "nowhere.csv") is None


def test_import_is_repeatable_and_brings_up_to_date(context: Context, tmp_path: Path) -> None:
    told: list[int] = []
    path = write(tmp_path, "E100000001,One,,,\nEP10000002,Two,,,\n1234567,Old,,,\n")
    first = import_file(context, path, told.append)
    assert (first.read, first.new, first.changed, len(first.bad)) == (3, 2, 0, 1)
    assert told == [3]
    again = import_file(context, path, told.append)
    assert (again.new, again.changed) == (0, 0)
    write(tmp_path, "E100000001,Uno,,1970-01-31,\n")
    changed = import_file(context, path, told.append)
    assert (changed.new, changed.changed) == (0, 1)
    with context.database.reading() as tx:
        record = records.look_up(tx, "E100000001")
        assert record is not None
        assert (record.family_name, record.date_of_birth) == ("Uno", date(1970, 1, 31))
        assert records.look_up(tx, "EP10000002") is not None
        assert records.look_up(tx, "e100000001") is None, "exactly, or not at all"


def test_a_large_import_goes_in_batches(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inboxd.importing.BATCH", 10)
    told: list[int] = []
    path = write(tmp_path, "".join(f"F1000001{n:02},Name,,,\n" for n in range(25)))
    assert import_file(context, path, told.append).new == 25
    assert told == [10, 20, 25]
    assert count_rows(path) == 25


def test_the_same_bytes_are_on_a_record_once(context: Context) -> None:
    database = context.database
    mail_id, _ = take(database)
    with database.transaction() as tx:
        for number, digest in (("E1", "a"), ("E1", "a"), ("E1", "b"), ("E2", "a")):
            records.attach(tx, number=number, digest=digest, mail_id=mail_id, path="2", at=NOW)
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(filings)) == 3
        assert records.filed(tx, ["a", "b", "c"]) == {"a": {"E1", "E2"}, "b": {"E1"}}
        assert records.filed(tx, []) == {}
        assert reading.tally(tx)["mails"] == {"taken": 1}

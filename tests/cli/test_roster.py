"""`inboxd roster`: the check names everything at once, an import shows before it does, and who did it is kept."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from inboxd import app, enrolling
from inboxd.errors import Permanent
from inboxd.settings import read_settings
from tests.cli.conftest import Give, document, one_line
from tests.office import ROSTER, Server, write_office

HEADER = "office,member,kind,riding,province,language,phone,address"
RIVERS = "o1,Alma Rivers,mp,Maple North,ON,en,613-555-0101"
LACHAINE = "o2,Benoît Lachaîne,mp,Trois-Érables,QC,fr,819-555-0102"
FONTES = "o7,Nadia Fontes,mp,Trois-Érables,QC,fr,819-555-0107"
DAY = "2026-12-01"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    server = Server(port=1, username="u", password="p")
    return write_office(tmp_path / "office", imap=server, smtp=Server(port=2))


def csv(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "export.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def election(folder: Path) -> Path:
    return csv(folder, f"{RIVERS},alma.rivers@parl.example", f"{RIVERS},staff.rivers@parl.example",
               f"{FONTES},nadia.fontes@parl.example", f"{FONTES},bureau.lachaine@parl.example")  # fmt: skip


def roster(office: Path) -> Path:
    return office.parent / "roster.csv"


# check


def test_a_sound_roster_is_counted(office: Path, give: Give) -> None:
    ended = give(office, "roster", "check")
    assert (ended.status, ended.err) == (0, "")
    tally = ended.out.splitlines()[-1]
    assert re.fullmatch(r"4 offices and 6 addresses are valid on \d{4}-\d\d-\d\d(, .*)?; 0 problems, \d remarks", tally)


def test_every_problem_is_named_at_once_beside_every_remark(office: Path, give: Give, tmp_path: Path) -> None:
    path = csv(tmp_path, f"{RIVERS},alma.rivers@parl.example", f"{RIVERS},alma.rivers@parl.example",
               "o3,,mpp,X,ON,english,,nobody", f"{FONTES},nadia@parl.exmaple", "o9,short")  # fmt: skip
    ended = give(office, "roster", "check", str(path))
    assert ended.status == 78
    assert [line.removeprefix(f"inboxd: {path}:").partition(" ")[0] for line in ended.err.splitlines()] == [
        "3:", "4:", "4:", "4:", "4:", "6:"]
    assert f"look: {path}:5: address: its domain parl.exmaple looks like parl.example" in ended.out
    told = document(give(office, "roster", "check", str(path), "--json"))
    assert len(told["problems"]) == 6
    assert {(row["line"], row["column"]) for row in told["problems"]} == {
        (3, "address"), (4, "member"), (4, "kind"), (4, "language"), (4, "address"), (6, "")}
    assert [row["line"] for row in told["remarks"]] == [5]


def test_a_file_that_is_no_roster_is_named(office: Path, give: Give, tmp_path: Path) -> None:
    ended = give(office, "roster", "check", str(tmp_path / "none.csv"))
    assert ended.status == 78
    assert "cannot be read: No such file or directory" in one_line(ended)


# show


def test_an_address_and_an_office_are_shown_for_a_day(office: Path, give: Give) -> None:
    shown = give(office, "roster", "show", "Dario.Ennis@parl.example", "--on", "2026-06-30")
    assert "On 2026-06-30 Dario.Ennis@parl.example is a client of office o5, answered in English." in shown.out
    later = document(give(office, "roster", "show", "dario.ennis@parl.example", "--on", "2026-07-01", "--json"))
    assert later["standing"] == "was of office o5 until 2026-06-30: its mail is held for a person"
    assert [row["state"] for row in later["rows"]] == ["ended"]
    assert [row["address"] for row in document(give(office, "roster", "show", "o1", "--json"))["rows"]] == [
        "alma.rivers@parl.example", "staff.rivers@parl.example"]
    unknown = give(office, "roster", "show", "o77")
    assert unknown.status == 1
    assert "there is no office o77 on the roster" in unknown.err


# import


def test_without_yes_nothing_is_changed(office: Path, give: Give, tmp_path: Path) -> None:
    before = roster(office).read_bytes()
    ended = give(office, "roster", "import", str(election(tmp_path)), "--from", DAY)
    assert ended.status == 0, ended.err
    assert ended.out.endswith("nothing was changed; give --yes --by NAME to take it into use\n")
    assert "offices new: 1 (o7)" in ended.out
    assert "offices ended: 1 (o2)" in ended.out
    assert "so theirs stay: minister, senator" in ended.out
    assert roster(office).read_bytes() == before
    assert [path.name for path in office.parent.glob("roster*")] == ["roster.csv"]


def test_an_election_is_taken_into_use_and_kept(office: Path, give: Give, tmp_path: Path) -> None:
    before = roster(office).read_bytes()
    path = str(election(tmp_path))
    told = document(give(office, "roster", "import", path, "--from", DAY, "--yes", "--by", "Ana Roy", "--json"))
    assert told["applied"]
    assert told["offices"] == {"added": ["o7"], "changed": [], "ended": ["o2"]}
    assert [(row["change"], row["office"], row["address"], row["what"]) for row in told["addresses"]] == [
        ("ended", "o2", "benoit.lachaine@parl.example", "until 2026-11-30"),
        ("ended", "o2", "bureau.lachaine@parl.example", "until 2026-11-30"),
        ("added", "o7", "bureau.lachaine@parl.example", "from 2026-12-01 on"),
        ("added", "o7", "nadia.fontes@parl.example", "from 2026-12-01 on"),
    ]
    kept = Path(told["kept"])
    assert kept.read_bytes() == before
    assert kept.parent == office.parent
    assert kept.name == f"roster.{hashlib.sha256(before).hexdigest()[:12]}.csv"
    assert told["version"] == hashlib.sha256(roster(office).read_bytes()).hexdigest()
    known = app.read_rules(read_settings(office))[0].roster
    days = date(2026, 11, 30), date(2026, 12, 1)
    assert [row.office for day in days if (row := known.find("bureau.lachaine@parl.example", day))] == ["o2", "o7"]
    (line,) = document(give(office, "roster", "history", "--json"))
    assert (line["by"], line["start"], line["added"], line["ended"]) == ("person:Ana Roy", DAY, 2, 2)
    assert (line["previous"], line["version"]) == (told["previous"], told["version"])
    assert "@" not in str(line), "no address is in the journal"
    again = document(give(office, "roster", "import", path, "--from", DAY, "--yes", "--by", "Ana Roy", "--json"))
    assert (again["applied"], again["addresses"]) == (False, [])
    assert len(document(give(office, "roster", "history", "--json"))) == 1


def test_a_file_of_changes_leaves_the_rest(office: Path, give: Give, tmp_path: Path) -> None:
    path = csv(tmp_path, f"{RIVERS},new.intern@parl.example,,2027-04-30", header=f"{HEADER},valid_from,valid_until")
    told = document(give(office, "roster", "import", str(path), "--changes", "--from", DAY, "--json"))
    assert [(row["change"], row["what"]) for row in told["addresses"]] == [
        ("added", "from 2026-12-01 on, until 2027-04-30")]


def test_bad_rows_of_an_export_are_named_at_once_and_nothing_is_done(office: Path, give: Give, tmp_path: Path) -> None:
    path = csv(tmp_path, f"{RIVERS},alma rivers", "o2,Benoît Lachaîne,mpp,X,QC,fr,,b@parl.example")
    ended = give(office, "roster", "import", str(path), "--yes", "--by", "Ana Roy")
    assert ended.status == 78
    assert [line.removeprefix(f"inboxd: {path}:") for line in ended.err.splitlines()] == [
        "2: address: is not one e-mail address such as name@parl.example",
        "3: kind: must be mp, senator, minister (found 'mpp')",
    ]
    assert roster(office).read_text(encoding="utf-8") == ROSTER


def test_the_next_member_under_the_old_office_is_refused(office: Path, give: Give, tmp_path: Path) -> None:
    path = csv(tmp_path, "o2,Nadia Fontes,mp,Trois-Érables,QC,fr,,nadia.fontes@parl.example")
    ended = give(office, "roster", "import", str(path), "--changes")
    assert ended.status == 78
    assert "office o2 is that of Benoît Lachaîne (mp)" in one_line(ended)
    same = give(office, "roster", "import", str(path), "--changes", "--renamed", "o2")
    assert same.status == 0, same.err
    assert "member Benoît Lachaîne -> Nadia Fontes" in " ".join(same.out.replace("│", " ").split())
    other = give(office, "roster", "import", str(path), "--changes", "--renamed", "o2", "--renamed", "o9")
    assert "has no office o9 to rename" in one_line(other)


def test_an_export_that_was_cut_off_is_refused(office: Path, give: Give, tmp_path: Path) -> None:
    rows = "".join(f"o{n},Member {n},mp,Riding {n},ON,en,,m{n}@parl.example,,\n" for n in range(10, 20))
    roster(office).write_text(ROSTER + rows, encoding="utf-8")
    path = csv(tmp_path, "o10,Member 10,mp,Riding 10,ON,en,,m10@parl.example")
    ended = give(office, "roster", "import", str(path), "--yes", "--by", "Ana Roy")
    assert ended.status == 78
    assert "would end 13 of 16 addresses: is it whole?" in one_line(ended)
    assert give(office, "roster", "import", str(path), "--most-may-end").status == 0


def test_yes_needs_a_name(office: Path, give: Give, tmp_path: Path) -> None:
    ended = give(office, "roster", "import", str(election(tmp_path)), "--yes")
    assert ended.status == 2
    assert "--yes needs --by NAME" in ended.err


def test_a_roster_that_is_broken_is_named_before_anything_is_laid_over_it(
    office: Path, give: Give, tmp_path: Path
) -> None:
    roster(office).write_text(f"{HEADER}\n{RIVERS}\n", encoding="utf-8")
    ended = give(office, "roster", "import", str(election(tmp_path)))
    assert ended.status == 78
    assert f"{roster(office)}:2: has 7 columns" in one_line(ended)


def test_a_roster_that_changed_meanwhile_is_left_alone(office: Path, tmp_path: Path) -> None:
    settings = read_settings(office)
    day = date(2026, 12, 1)
    planned = enrolling.prepare(settings, election(tmp_path), start=day, today=day, whole=True)
    changed = ROSTER + "o6,Late Comer,mp,Elsewhere,ON,en,,late@parl.example,,\n"
    roster(office).write_text(changed, encoding="utf-8")
    with app.open_records(office) as records:
        with pytest.raises(Permanent, match="changed since it was compared"):
            enrolling.enrol(records.database, planned, by="Ana Roy", now=datetime.now(UTC))
        with pytest.raises(Permanent, match="says who made it"):
            enrolling.enrol(records.database, planned, by=" ", now=datetime.now(UTC))
    assert roster(office).read_text(encoding="utf-8") == changed


def test_a_disk_that_refuses_leaves_the_roster_and_the_journal_as_they_were(
    office: Path, give: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def refuse(source: Path, target: Path) -> Path:
        if Path(target).name == "roster.csv":
            raise OSError(30, "Read-only file system")
        real(source, target)
        return Path(target)

    monkeypatch.setattr(Path, "replace", refuse)
    ended = give(office, "roster", "import", str(election(tmp_path)), "--from", DAY, "--yes", "--by", "Ana Roy")
    assert ended.status == 1
    assert "cannot be replaced: Read-only file system; nothing was changed" in ended.err
    assert roster(office).read_text(encoding="utf-8") == ROSTER
    assert document(give(office, "roster", "history", "--json")) == []

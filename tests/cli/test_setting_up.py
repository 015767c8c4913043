"""Commands that set an office up: applications, templates, tables. What is refused is named with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Give, document, one_line
from tests.crash.letters import documents
from tests.office import Server, write_office
from tests.servers.places import free_port

# applications import


def test_import_reports_every_bad_row_and_takes_the_others(copied: Path, give: Give, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "number,family_name,given_name,date_of_birth,uci\n"
        "E200000001,Good,One,1980-01-31,\n"
        "nonsense,Bad,Two,,\n"
        "E200000003,Bad,Three,31/01/1980,\n"
        "E200000004,Bad,Four,,12-34\n"
        "E200000001,Bad,Five,,\n"
        "E200000006,Bad, Jr,Six,,\n"
        "E200000007,Good,Seven,,1122-3344\n",
        encoding="utf-8",
    )
    ended = give(copied, "applications", "import", str(rows))
    assert ended.status == 1
    assert ended.out == "7 rows read: 2 new, 0 changed, 5 refused\n"
    complaints = [line for line in ended.err.splitlines() if line.startswith(str(rows))]
    assert [line.removeprefix(f"{rows}:").partition(" ")[0] for line in complaints] == ["3:", "4:", "5:", "6:", "7:"]
    assert "importing" in ended.err, "the progress bar is on standard error"
    again = document(give(copied, "applications", "import", str(rows), "--json"))
    assert (again["read"], again["new"], again["changed"], len(again["bad"])) == (7, 0, 0, 5)
    assert {bad["key"] for bad in again["bad"]} == {"number", "date_of_birth", "uci", ""}


def test_import_brings_a_record_up_to_date(copied: Path, give: Give, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("number,family_name,given_name,date_of_birth,uci\nE123456789,Changed,Amara,,\n", encoding="utf-8")
    ended = give(copied, "applications", "import", str(rows))
    assert (ended.status, ended.out) == (0, "1 rows read: 0 new, 1 changed, 0 refused\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"number,name\nE1,x\n", "the header lacks family_name, given_name, date_of_birth, uci"),
        (b"\xff\xfenumber", "is not UTF-8"),
        (b"", "the header lacks number"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_import_refuses_a_file_that_is_no_register(
    copied: Path, give: Give, tmp_path: Path, content: bytes | None, words: str
) -> None:
    rows = tmp_path / "rows.csv"
    if content is not None:
        rows.write_bytes(content)
    ended = give(copied, "applications", "import", str(rows))
    assert ended.status == 78
    assert words in ended.err
    assert "Traceback" not in ended.err


# templates


def test_templates_are_checked_listed_and_previewed(worked: Path, give: Give, tmp_path: Path) -> None:
    assert re.fullmatch(r"\d+ notices in English and French are sound\n", give(worked, "templates", "check").out)
    rows = document(give(worked, "templates", "list", "--json"))
    names = {row["name"] for row in rows}
    assert {"receipt", "failure", "ack_critical", "held", "alert"} <= names
    assert all(name in give(worked, "templates", "list").out for name in names)
    for language, word in (("en", "received"), ("fr", "reçu")):
        preview = give(worked, "templates", "preview", "receipt", "--lang", language)
        assert preview.status == 0
        assert word in preview.out.lower()
    mail = tmp_path / "letter.eml"
    mail.write_bytes(documents())
    assert "E*****6789" in give(worked, "templates", "preview", "receipt", "--mail", str(mail)).out
    other = give(worked, "templates", "preview", "failure", "--mail", str(mail))
    assert other.status == 1
    assert "that mail would cause receipt, not failure" in one_line(other)
    assert "there is no notice nonsense; there are" in one_line(give(worked, "templates", "preview", "nonsense"))


def test_a_notice_is_previewed_against_a_past_mail(worked: Path, give: Give) -> None:
    """A mail that was worked off is no duplicate of itself when somebody looks at it again."""
    row = next(row for row in document(give(worked, "list", "--json")) if row["place"] == "critical")
    past = worked.parent / "data" / "archive" / "mail" / row["digest"][:2] / row["digest"]
    preview = give(worked, "templates", "preview", "ack_critical", "--lang", "fr", "--mail", str(past))
    assert preview.status == 0, preview.err
    assert "CRITIQUE" in preview.out
    assert "enquiry by rule enquires" in give(worked, "explain", str(past)).out


def test_templates_check_names_file_and_line(copied: Path, give: Give) -> None:
    own = copied.parent / "texts"
    (own / "en").mkdir(parents=True)
    (own / "fr").mkdir()
    packaged = Path("inboxd/templates/en/receipt.txt.j2").read_text(encoding="utf-8")
    (own / "en" / "receipt.txt.j2").write_text(f"{packaged}\n{{{{ nonsense }}}}\n", encoding="utf-8")
    text = copied.read_text(encoding="utf-8").replace("[replies]", '[replies]\ntemplates = "texts"')
    copied.write_text(text, encoding="utf-8")
    ended = give(copied, "templates", "check")
    assert ended.status == 78
    assert f"receipt.txt.j2:{len(packaged.splitlines()) + 2}" in ended.err
    assert "nonsense" in ended.err


# db


def test_db_upgrade_makes_the_tables_once(give: Give, tmp_path: Path) -> None:
    config = write_office(tmp_path / "new", imap=Server(port=free_port(), username="x", password="y"),
                          smtp=Server(port=free_port()))
    made = give(config, "db", "upgrade")
    assert made.status == 0
    assert re.fullmatch(r"the database went from revision none to \w+\n", made.out)
    again = give(config, "db", "upgrade")
    assert re.fullmatch(r"the database is at revision \w+ already\n", again.out)

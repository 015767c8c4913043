"""docs/notices.md is what `inboxd templates page` prints: every notice and every reason, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from inboxd.cli import cli
from inboxd.documents import Reason
from inboxd.errors import BadConfig
from inboxd.replies import NOTICES
from inboxd.replies.page import WHEN, packaged, page
from tests.office import Server, write_office

DOCS = Path(__file__).parents[2] / "docs"
NO_SERVER = Server(port=1, username="x", password="y")


@pytest.fixture(scope="module")
def made() -> str:
    return page(packaged())


def printed(*options: str) -> str:
    result = CliRunner().invoke(cli, [*options, "templates", "page"], env={"INBOXD_CONFIG": ""})
    if isinstance(result.exception, BadConfig):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_page_in_docs_is_not_stale() -> None:
    committed = (DOCS / "notices.md").read_text(encoding="utf-8")
    assert printed() == committed, "the texts changed: run `make notices` and look at what became of docs/notices.md"


def test_every_notice_stands_in_both_languages_subject_first(made: str) -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## )", made, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(NOTICES)
    for name, section in sections.items():
        assert re.findall(r"```text\n(Subject: |Objet : )\S.*\n\n\S", section) == (
            ["Subject: ", "Objet : "] * (1 + len(NOTICES[name].together))
        ), name
        assert re.match(r"\n[A-Z].+\.\n", section), f"{name}: who gets it, and when"


def test_who_gets_a_notice_is_said_of_notices_that_exist() -> None:
    assert set(WHEN) <= set(NOTICES)


def test_every_reason_stands_at_the_end_in_both_languages(made: str) -> None:
    rows = [line.split(" | ") for line in made.partition("## Reasons")[2].splitlines() if line.startswith("| ")][1:]
    assert [row[0].strip("|` ") for row in rows] == [code for reason in Reason for code in (reason.value, "")]
    assert [row[1] for row in rows] == ["EN", "FR"] * len(Reason)
    assert all(len(row) == 4 and row[2].strip() and row[3].strip(" |") for row in rows)


def test_no_whole_number_stands_where_it_is_masked(made: str) -> None:
    for line in re.findall(r"^(?:Subject: |Objet : ).*", made, re.MULTILINE):
        assert not re.search(r"[A-Z]\d{9}", line), line


def test_an_office_sees_its_own_texts(tmp_path: Path) -> None:
    config = write_office(tmp_path, imap=NO_SERVER, smtp=NO_SERVER, sections={"replies": 'templates = "texts"'})
    for language, subject in (("en", "Subject: Own words | and ``` more"), ("fr", "Objet : Nos mots")):
        folder = tmp_path / "texts" / language
        folder.mkdir(parents=True)
        (folder / "outsider.txt.j2").write_text(f"{subject}\n\n{{{{ received | when }}}}\n", encoding="utf-8")
    own = printed("--config", str(config))
    assert "````text\nSubject: Own words | and ``` more\n\nFriday, December 11, 2026, 4:45 p.m. (ET)\n````\n" in own
    assert "Objet : Nos mots" in own
    assert "Subject: This address is for the offices" not in own
    (tmp_path / "texts" / "fr" / "outsider.txt.j2").write_text("Objet : {{ nonsense }}\n", encoding="utf-8")
    with pytest.raises(BadConfig, match=r"outsider\.txt\.j2:1: nonsense"):
        printed("--config", str(config))

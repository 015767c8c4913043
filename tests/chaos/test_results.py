"""What storms came to is added up, once, and the page says what was broken."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos import fuzzed, page, unreached
from tests.chaos.checks import Judged
from tests.chaos.plans import Ended
from tests.chaos.results import Results, code_files, version
from tests.office import PROJECT


def storm(seed: int, *complaints: str, rebuild: tuple[str, ...] = ()) -> Ended:
    return Ended(
        seed=seed, database="sqlite", seconds=60, lives=50, steps=Counter({"after commit of outbox._send": 2}),
        reached=frozenset({"after commit of outbox._send", "before commit of timers._fire"}),
        judged=Judged(complaints=list(complaints), rebuild=list(rebuild), letters=60, sent=150, repeated=1),
        faults=Counter({"killed at a random moment": 40, "killed at a named step": 2, "IMAP connection cut": 11,
                        "Dovecot killed and restarted": 3, "SMTP 4xx to RCPT": 2}),
    )


def row(text: str, begins: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {begins}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    made = Results(tmp_path / "trust.json")
    made.begin("--seed 1")
    made.add(storm(1))
    made.add(storm(2))
    return made


def test_storms_add_up(results: Results, tmp_path: Path) -> None:
    page.write_page(Results(results.path), tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    assert row(text, "storms |") == ["2", "0", ""]
    assert row(text, "killed at a random moment") == ["80", "0", "500"]
    assert row(text, "named steps at which one died") == ["1 of 2", "0 of 0", "every one"]
    assert row(text, "connections cut") == ["22", "0", "200"]
    assert row(text, "servers restarted") == ["6", "0", "20"]
    assert row(text, "SMTP verbs at which the server said 4xx") == ["1", "0", "8"]
    assert row(text, "SMTP verbs at which the server said 5xx") == ["0", "0", "8"]
    assert row(text, "broken promises") == ["0", "0"]
    assert "nothing was lost, and nothing was doubled but what the table says: storms 2 on SQLite" in text
    assert row(text, "after commit of outbox._send") == ["4", "0"]


def test_a_broken_promise_is_told_with_its_seed(results: Results, tmp_path: Path) -> None:
    results.add(storm(3, "critical-en: LOST, no row has it", rebuild=("it differs",)))
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    assert row(text, "broken promises") == ["1", "0"]
    assert "seed 3: critical-en: LOST, no row has it" in text
    assert "seed 3: it differs | Not looked into yet. |" in text
    assert "broke promises" in text
    assert "nothing was lost, and nothing was doubled but" not in text


def test_figures_are_of_the_newest_code_and_older_storms_are_history(results: Results, tmp_path: Path) -> None:
    results.add(storm(3, "critical-en: LOST | here", rebuild=("it differs",)))
    results.content["runs"][0] |= {"code": "0123456789ab", "date": "2026-11-01T10:00+00:00"}
    results.begin("--seed 4")
    results.add(storm(4))
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    assert row(text, "storms |") == ["1", "0", ""]
    assert row(text, "broken promises") == ["0", "0"]
    assert row(text, "after commit of outbox._send") == ["2", "0"]
    assert f"storms of the present code (version {version()}" in text
    assert "Other versions than" in text
    assert "went through 3 storms with 126 kills" in text
    assert "| 0123456789ab | 1 | SQLite, seed 3: critical-en: LOST \\| here | Not looked into yet. |" in text


def test_code_that_was_changed_since_its_storms_is_named(results: Results, tmp_path: Path) -> None:
    results.content["runs"][0]["code"] = "0123456789ab"
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    assert "of storms of version 0123456789ab" in text
    assert f"The present code (version {version()}) was changed since." in text


def test_a_storm_of_newer_code_does_not_hide_those_that_were_enough(results: Results, tmp_path: Path) -> None:
    enough = {"faults": {"killed at a random moment": 500}}
    run = results.content["runs"][0]
    run |= {"code": "0123456789ab", "date": "2026-11-01T10:00+00:00"}
    run["databases"] = dict.fromkeys(("sqlite", "postgresql"), run["databases"]["sqlite"] | enough)
    results.begin("--seed 4")
    results.add(storm(4))
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    assert row(text, "killed at a random moment") == ["500", "500", "500"]
    assert "of storms of version 0123456789ab" in text
    assert "The present code went through 1 storms with 42 kills so far: nothing lost, nothing doubled." in text


def test_runs_of_other_days_are_added_once(results: Results, tmp_path: Path) -> None:
    other = Results(tmp_path / "other.json")
    other.begin("--seed 9")
    for seed in (9, 10):  # the second is merged with the first again
        other.add(storm(seed))
        results.merge(Results(other.path))
    assert results.total("sqlite")["storms"] == 4
    assert results.steps("sqlite", version()) == {"after commit of outbox._send": 8, "before commit of timers._fire": 0}


def test_who_opens_a_transaction_to_which_no_storm_came_is_named_with_its_tests(
    results: Results, tmp_path: Path
) -> None:
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text(encoding="utf-8")
    section = text.partition("no storm comes to\n")[2].partition("\n## ")[0]
    assert "`outbox._send`" not in section, "the storm came to it"
    assert "`outbox._claim`" in section.partition(unreached.NOT_SORTED)[2]
    assert "`purging._empty`" in section.partition("tests/scenarios/test_purging.py")[2].partition("\n- ")[0]


def test_a_test_that_does_not_exist_is_not_praised(results: Results, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PROJECT", tmp_path)
    with pytest.raises(ValueError, match="there is no such test"):
        page.write_page(results, tmp_path / "trust.md")


def test_the_fuzzer_has_its_row(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzed, "FUZZING", tmp_path / "fuzzing.json")
    page.write_page(results, tmp_path / "trust.md")
    assert row((tmp_path / "trust.md").read_text(), "mails made by the fuzzer") == ["not yet run"] * 2 + ["10,000"]
    finding = {"what": "A name", "mended": "Held", "test": "tests/unit/test_subject.py"}
    fuzzed.FUZZING.write_text(json.dumps({
        "mails": 12_345, "executions": 7_000_000, "databases": {"sqlite": 12_000, "postgresql": 345},
        "findings": [finding], "open": ["sqlite seed 9: lost"], "date": "2026-11-22T10:00", "code": "abc",
    }), encoding="utf-8")
    page.write_page(results, tmp_path / "trust.md")
    text = (tmp_path / "trust.md").read_text()
    assert row(text, "mails made by the fuzzer") == ["12,000", "345", "10,000"]
    assert "called the parsers 7,000,000 times" in text
    assert "- Found: A name. Now: Held (`tests/unit/test_subject.py`)." in text
    assert "Complaints that are still open: 1." in text
    assert "- sqlite seed 9: lost" in text


def test_the_version_is_that_of_all_that_a_storm_runs() -> None:
    files = {path.relative_to(PROJECT / "inboxd").as_posix() for path in code_files()}
    assert {"daemon.py", "store/outbox.py", "templates/en/receipt.txt.j2", "settings/servers.py"} <= files
    assert not [file for file in files if file.startswith("console/") or file == "store/desk.py"]

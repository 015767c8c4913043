"""`inboxd evaluate` as a person or a program gives it, over `tests/labelled` and over folders that are wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inboxd import cli, triage
from inboxd.cli import evaluating as command
from inboxd.evaluating import predictions
from tests.cli.conftest import Ended, Give, document, one_line
from tests.office import PROJECT, Server, write_office

LABELLED = PROJECT / "tests" / "labelled"
Evaluate = Callable[..., Ended]
HEAD = (
    "From: a.person@parl.example\nAuthentication-Results: mx.ircc.example; dmarc=pass header.from=parl.example\n"
    "Message-ID: <m@parl.example>\n"
)


@pytest.fixture
def evaluate(give: Give, tmp_path: Path) -> Evaluate:
    config = write_office(tmp_path / "office", imap=Server(port=1, username="us", password="x"), smtp=Server(port=1))
    return lambda folder, *options: give(config, "evaluate", str(folder), *map(str, options))


@pytest.fixture(scope="module")
def some_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few labelled texts, enough to learn a little."""
    path: Path = tmp_path_factory.mktemp("texts") / "few.jsonl"
    rows = (PROJECT / "training" / "en_all.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(rows[::2]), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A labelled folder to change at will."""
    shutil.copytree(LABELLED, tmp_path / "labelled")
    return tmp_path / "labelled"


def a_folder(root: Path, *mails: str, labels: list[dict[str, Any]] | None = None, **files: str) -> Path:
    """A folder with mails m1, m2 …; `files` by name, `__` for the dot."""
    (root / "messages").mkdir(parents=True)
    for at, mail in enumerate(mails, start=1):
        (root / "messages" / f"m{at}.eml").write_text(mail, encoding="utf-8")
    if labels is not None:
        (root / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels), encoding="utf-8")
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return root


def predicted(evaluate: Evaluate, folder: Path) -> dict[str, dict[str, Any]]:
    out = folder.parent / "predictions.jsonl"
    ended = evaluate(folder, "--predictions", out, "--json")
    assert ended.status == 0, ended.err
    return {row["id"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}


def said(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row[key] for key in ("route", "category", "outcome", "reasons"))


def test_the_labelled_folder_is_judged_as_its_labels_say(evaluate: Evaluate) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in LABELLED.rglob("*"))
    ended = evaluate(LABELLED, "--json")
    report = document(ended)
    assert ended.status == 0
    assert list(report) == [
        "messages", "seconds", "route", "category", "readers", "submission", "numbers", "language", "cases", "misses"
    ]
    assert report["messages"] == len(list((LABELLED / "messages").iterdir())) > 30
    assert report["seconds"] > 0
    assert report["route"]["accuracy"] > 0.95
    assert sum(sum(row.values()) for row in report["route"]["confusion"].values()) == report["messages"]
    assert set(report["route"]["confusion"]) == {
        "submission", "mixed", "enquiry", "follow_up", "passport", "automatic", "outsider"
    }
    assert set(report["category"]) == {"accuracy", "macro_f1", "per_class", "review", "critical_missed"}
    assert set(report["category"]["per_class"]["critical"]) == {"precision", "recall", "f1"}
    assert report["category"]["critical_missed"] == []
    assert report["submission"]["outcome_accuracy"] == 1
    assert report["submission"]["wrongly_accepted"] == []
    assert report["numbers"] == {"exact": 1}
    assert report["language"]["accuracy"] > 0.95
    assert set(report["cases"]) == {"exact"}
    assert [(miss["id"], miss["expected"]) for miss in report["misses"] if miss["field"] == "reasons"] == [
        ("d041", ["DUPLICATE"])
    ]
    assert all(set(miss) == {"id", "field", "expected", "got", "why"} and miss["why"] for miss in report["misses"])
    assert sorted((path, path.stat().st_mtime_ns) for path in LABELLED.rglob("*")) == before


def test_cross_validation_reads_every_mail_with_a_reader_that_has_not_seen_it(
    give: Give, tmp_path: Path, some_texts: Path
) -> None:
    config = write_office(tmp_path / "office", imap=Server(port=1, username="us", password="x"), smtp=Server(port=1),
                          sections={"rules": "second_reader = true"})
    ended = give(config, "evaluate", str(LABELLED), "--cross-validate", str(some_texts), "--json")
    assert ended.status == 0, ended.err
    report = document(ended)
    asked = {name: reader["mails"] for name, reader in report["readers"].items()}
    assert set(asked) == {"criteria", "second_reader", "both"}
    assert sum(fold["mails"] for fold in report["folds"]) >= asked["both"] > 8
    assert report["readers"]["both"]["critical_missed"] == []
    assert report["readers"]["second_reader"]["review"] == 0
    known = document(give(config, "evaluate", str(LABELLED), "--json"))["readers"]["second_reader"]["accuracy"]
    assert report["readers"]["second_reader"]["accuracy"] < known, "the packaged model has learned these mails"


def test_predictions_have_the_fields_of_the_labels_and_explain_themselves(evaluate: Evaluate, folder: Path) -> None:
    rows = predicted(evaluate, folder)
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(rows) == sorted(label["id"] for label in labels)
    assert {tuple(row) for row in rows.values()} == {(
        "id", "route", "category", "by_criteria", "by_second_reader", "criterion", "criteria", "language", "numbers",
        "cases", "outcome", "reasons", "explanation",
    )}
    assert all(row["explanation"] for row in rows.values())
    assert (said(rows["d192"]), rows["d192"]["numbers"]) == (("submission", None, "hold", []), ["XE143972791"])
    assert "NUMBER_TEMPORARY" in rows["d192"]["explanation"]
    assert rows["d282"]["numbers"] == ["4417092"]
    assert said(rows["d307"]) == ("submission", None, "hold", ["SENDER_UNVERIFIED"])
    assert said(rows["d152"]) == ("submission", None, "fail", ["SENDER_NOT_AUTHORISED"])
    assert said(rows["d021"]) == ("automatic", None, None, [])
    assert said(rows["d331"]) == ("mixed", "critical", "accept", [])
    assert said(rows["d302"]) == ("follow_up", "critical", None, [])
    assert rows["d302"]["criteria"][0].startswith("CR-")
    assert rows["d302"]["criterion"]
    assert rows["d228"]["criteria"][0].startswith("NM-")
    assert "ceremony.mov" in rows["d117"]["explanation"]


def test_people_get_figures_and_each_miss_with_its_reason(evaluate: Evaluate, folder: Path) -> None:
    path = folder / "labels.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"d013.eml", "route": "passport"',
                                                            '"d013.eml", "route": "enquiry"'), encoding="utf-8")
    ended = evaluate(folder)
    assert ended.status == 0
    lines = [" ".join(line.replace("│", " ").split()) for line in ended.out.splitlines()]
    assert lines[0].startswith("37 mails in ")
    assert lines[0].endswith(" a second")
    assert any(line.startswith("submission outcome 100.0 % 23") for line in lines)
    assert any(line.startswith("d013 route enquiry passport rule about_a_passport") for line in lines)
    assert any(line.startswith("critical missed 0") for line in lines)


def test_without_labels_predictions_are_still_made(evaluate: Evaluate, folder: Path) -> None:
    (folder / "labels.jsonl").unlink()
    out = folder / "out.jsonl"
    ended = evaluate(folder, "--predictions", out)
    assert ended.status == 0
    assert "No labels" in ended.out
    routes = Counter(json.loads(line)["route"] for line in out.read_text(encoding="utf-8").splitlines())
    assert sum(routes.values()) == 37
    assert routes["mixed"] >= 3
    report = document(evaluate(folder, "--predictions", out, "--json"))
    assert (report["messages"], report["route"], report["numbers"]) == (
        37, {"accuracy": None, "confusion": {}}, {"exact": None}
    )
    assert one_line(evaluate(folder)).endswith(
        "labels.jsonl: is missing; without labels there is nothing to score (--predictions FILE alone needs none)"
    )


def test_without_a_register_every_number_exists(evaluate: Evaluate, folder: Path) -> None:
    assert predicted(evaluate, folder)["d128"]["reasons"] == ["NUMBER_UNKNOWN"]
    (folder / "register.csv").unlink()
    assert predicted(evaluate, folder)["d128"]["outcome"] == "accept"


def test_without_a_roster_every_address_of_a_client_domain_is_an_office(evaluate: Evaluate, tmp_path: Path) -> None:
    mails = [f"{HEAD.replace('parl.example', domain)}Subject: A question\n\nWhat is the status?\n"
             for domain in ("parl.example", "parl-example.example")]
    folder = a_folder(tmp_path / "few", *mails, corpus__toml='client_domains = ["parl.example"]\n')
    assert [row["route"] for row in predicted(evaluate, folder).values()] == ["enquiry", "outsider"]
    (folder / "corpus.toml").write_text('client_domains = ["parl-example.example"]\n', encoding="utf-8")
    assert [row["route"] for row in predicted(evaluate, folder).values()] == ["outsider", "enquiry"]


def test_settings_of_the_folder_go_before_those_of_the_office(evaluate: Evaluate, folder: Path) -> None:
    path = folder / "corpus.toml"
    path.write_text('max_file_bytes = 100\nauthserv_ids = ["mx.ircc.example"]\n'
                    'client_domains = ["parl.example", "sen.parl.example"]\n', encoding="utf-8")
    assert predicted(evaluate, folder)["d007"]["reasons"] == ["TOO_LARGE"]
    path.write_text('authserv_ids = ["another.gateway.example"]\n', encoding="utf-8")
    rows = predicted(evaluate, folder)
    assert rows["d007"]["reasons"] == ["SENDER_UNVERIFIED"]
    assert (rows["d240"]["route"], rows["d240"]["category"]) == ("enquiry", "review")
    assert rows["d302"]["route"] == "follow_up"
    assert said(rows["d331"]) == ("mixed", "review", "hold", ["SENDER_UNVERIFIED"])
    assert rows["d013"]["route"] == "passport"


def test_a_mail_is_judged_at_its_date_or_receipt_or_the_time_of_the_file(evaluate: Evaluate, tmp_path: Path) -> None:
    text = "Subject: Removal\n\nHe will be removed on 12 November 2026. Please help, E123456789.\n"
    dated = HEAD + "Date: Tue, 10 Nov 2026 09:00:00 -0500\n" + text
    received = "Received: from out by mx; Tue, 10 Nov 2026 09:00:00 -0500\n" + HEAD + text
    folder = a_folder(tmp_path / "few", dated, received, HEAD + text, HEAD + text)
    for name, day in (("m1", 1), ("m2", 1), ("m3", 10), ("m4", 1)):
        at = datetime(2026, 11 if day == 10 else 6, day, 12, tzinfo=UTC).timestamp()
        os.utime(folder / "messages" / f"{name}.eml", (at, at))
    categories = [row["category"] for row in predicted(evaluate, folder).values()]
    assert categories[:3] == ["critical"] * 3
    assert categories[3] != "critical"


def test_a_reply_or_an_old_tracking_number_is_a_follow_up(evaluate: Evaluate, tmp_path: Path) -> None:
    thread = "In-Reply-To: <us@ircc.example>\n"
    ask = "\nWhat is the status of E123456789?\n"
    rows = predicted(evaluate, a_folder(
        tmp_path / "few", f"{HEAD}{thread}Subject: Re: Status{ask}", f"{HEAD}Subject: Re: Status{ask}",
        f"{HEAD}{thread}Subject: Status{ask}", f"{HEAD}Subject: CMDS-2026-33702{ask}",
        f"{HEAD}Subject: 26-0093312{ask}",
    ))
    assert [row["route"] for row in rows.values()] == ["follow_up", "enquiry", "enquiry", "follow_up", "follow_up"]


def test_what_is_no_mail_is_unreadable_and_the_others_are_judged(evaluate: Evaluate, folder: Path) -> None:
    (folder / "messages" / "d013.eml").write_bytes(b"\x00\xff nothing of a mail")
    report = document(evaluate(folder, "--json"))
    assert report["route"]["confusion"]["passport"] == {"unreadable": 1}
    assert report["route"]["confusion"]["submission"]["submission"] >= 19
    assert said(predicted(evaluate, folder)["d013"]) == ("unreadable", None, "hold", [])


def test_a_mail_that_is_larger_than_the_limit_is_not_read(
    evaluate: Evaluate, folder: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "office" / "inboxd.toml"
    said = settings.read_text(encoding="utf-8")
    assert "[limits]\n" in said
    settings.write_text(said.replace("[limits]\n", "[limits]\nmax_mail_bytes = 3000\n"), encoding="utf-8")
    row = predicted(evaluate, folder)["d331"]
    assert (row["route"], row["outcome"]) == ("unreadable", "hold")
    assert "TOO_LARGE" in row["explanation"]


def test_a_fault_of_our_own_is_counted_and_named_and_ends_nothing(
    evaluate: Evaluate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = triage.decide

    def faulty(email: Any, *rest: Any) -> Any:
        if "Canadian" in email.subject or "passport" in email.body.new.lower():
            raise ZeroDivisionError("quotes a mail: passport of Jane")
        return decide(email, *rest)

    monkeypatch.setattr(predictions.triage, "decide", faulty)
    ended = evaluate(folder, "--json")
    assert ended.status == 70
    assert json.loads(ended.out)["messages"] == 37
    assert any("inboxd: a fault of inboxd itself at d013 (ZeroDivisionError" in line for line in ended.err.splitlines())
    assert "Jane" not in ended.err + ended.out


def test_every_problem_of_every_file_is_named_at_once(evaluate: Evaluate, folder: Path) -> None:
    with (folder / "labels.jsonl").open("a", encoding="utf-8") as labels:
        labels.write("not json\n[]\n"
                     '{"id": "x1", "file": "gone.eml", "route": "spam", "category": "review", "numbers": "E1"}\n'
                     '{"id": "d007", "cases": "one", "reasons": ["TYPO"], "outcome": "maybe", "language": "de"}\n'
                     '{"route": "enquiry"}\n{"file": "../x.eml", "id": 7}\n')
    (folder / "messages" / "lost.eml").write_text("From: a@parl.example\n\n", encoding="utf-8")
    with (folder / "register.csv").open("a", encoding="utf-8") as register:
        register.write("E111111111,A,B,31/12/2001,\nhello!,,,,\nE222222222,,,,123\nE333333333,A\n"
                       "F354601365,Someone,Else,,\n")
    with (folder / "roster.csv").open("a", encoding="utf-8") as roster:
        roster.write("o99,A Person,mp,,ON,en,,a@parl.example\n")
    (folder / "corpus.toml").write_text('inbux = "x"\nmax_file_bytes = "big"\nrequired_information = ["shoe size"]\n',
                                        encoding="utf-8")
    ended = evaluate(folder, "--json")
    assert ended.status == 78
    assert ended.out == ""
    told = [line.removeprefix(f"inboxd: {folder}{os.sep}") for line in ended.err.splitlines()]
    keys = [":".join(line.split(": ")[0:2]).replace(": ", ":") for line in told]
    assert keys == [
        "corpus.toml:1:inbux", "corpus.toml:2:max_file_bytes", "corpus.toml:3:required_information.1",
        "labels.jsonl:38:is not JSON", "labels.jsonl:39:must be one object in curly brackets",
        "labels.jsonl:40:category", "labels.jsonl:40:file", "labels.jsonl:40:numbers", "labels.jsonl:40:route",
        "labels.jsonl:41:cases", "labels.jsonl:41:file", "labels.jsonl:41:language", "labels.jsonl:41:outcome",
        "labels.jsonl:41:reasons", "labels.jsonl:42:id", "labels.jsonl:43:file", "labels.jsonl:43:file",
        "labels.jsonl:43:id",
        "register.csv:31:date_of_birth", "register.csv:32:number", "register.csv:33:uci",
        "register.csv:34:has not as many cells as the header; is a comma missing or not quoted?",
        "register.csv:35:number", "roster.csv:29:riding",
    ]


@pytest.mark.parametrize(("labels", "problem"), [
    ([{"id": "m1", "route": "enquiry"}], "m2.eml: has no line in labels.jsonl"),
    ([{"id": "m1"}, {"id": "m2"}, {"id": "m3"}], "labels.jsonl:3: file: m3.eml is not in messages/"),
    ([{"id": "m1"}, {"id": "m1", "file": "m2.eml"}], "labels.jsonl:2: id: 'm1' stands in line 1 already"),
    ([{"id": "m1"}, {"id": "m2"}, {"id": "m3", "file": "m2.eml"}],
     "labels.jsonl:3: file: m2.eml has a label in line 2 already"),
])
def test_labels_and_messages_must_be_pairs(
    evaluate: Evaluate, tmp_path: Path, labels: list[dict[str, Any]], problem: str
) -> None:
    mail = f"{HEAD}Subject: Hello\n\nWhat is the status?\n"
    ended = evaluate(a_folder(tmp_path / "few", mail, mail, labels=labels))
    assert ended.status == 78
    assert one_line(ended).endswith(problem)


def test_labels_may_leave_out_what_they_do_not_know(evaluate: Evaluate, tmp_path: Path) -> None:
    mail = f"{HEAD}Subject: Hello\n\nWhat is the status of E123456789?\n"
    folder = a_folder(tmp_path / "few", mail, mail, labels=[
        {"id": "m1", "route": None, "category": "", "numbers": ["e 123-456 789"], "reasons": None},
        {"file": "m2.eml", "route": "enquiry", "note": 5, "pair": ["m1"]},
    ])
    report = document(evaluate(folder, "--json"))
    assert report["route"] == {"accuracy": 1, "confusion": {"enquiry": {"enquiry": 1}}}
    assert report["numbers"] == {"exact": 1}
    assert report["category"]["accuracy"] is None
    assert report["misses"] == []


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_without_messages(evaluate: Evaluate, tmp_path: Path, name: str) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "notes.txt").write_text("no mail", encoding="utf-8")
    ended = evaluate(tmp_path / name, "--predictions", tmp_path / "out.jsonl")
    assert ended.status == 78
    assert "messages: holds no file" in one_line(ended) or "messages: cannot be read" in one_line(ended)
    assert not (tmp_path / "out.jsonl").exists()


def test_predictions_that_cannot_be_written(evaluate: Evaluate, tmp_path: Path) -> None:
    ended = evaluate(LABELLED, "--predictions", tmp_path / "no" / "such" / "folder.jsonl")
    assert ended.status == 1
    assert one_line(ended).endswith("folder.jsonl cannot be written: No such file or directory")


@pytest.fixture
def nothing_installed(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Evaluate:
    """No --config, and nothing where it looks by default. (`evaluate` is asked for since it keeps read rules.)"""
    option = next(option for option in cli.cli.params if option.name == "config")
    monkeypatch.setattr(option, "default", tmp_path / "none.toml")
    monkeypatch.delenv("INBOXD_CONFIG", raising=False)

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["inboxd", "evaluate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ended(status=end.value.code, out=printed.out, err=printed.err)

    return run


def test_where_no_office_is_installed_the_sample_configuration_is_used(nothing_installed: Evaluate) -> None:
    ended = nothing_installed(LABELLED, "--json")
    assert ended.status == 0
    assert "the sample configuration" in one_line(ended)
    assert json.loads(ended.out)["submission"]["outcome_accuracy"] == 1


def test_a_package_without_the_sample_asks_for_settings(
    nothing_installed: Evaluate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "SAMPLE", tmp_path / "gone.toml")
    ended = nothing_installed(LABELLED)
    assert ended.status == 1
    assert "use --config FILE" in one_line(ended)


def test_settings_that_are_named_must_be_there(give: Give, tmp_path: Path) -> None:
    ended = give(tmp_path / "gone.toml", "evaluate", str(LABELLED))
    assert ended.status == 78
    assert "gone.toml: cannot be read" in one_line(ended)

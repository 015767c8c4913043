"""Rules of the house that no linter knows: nothing that inboxd can decide, send or log without a test and a text.

(That every setting is explained is in `unit/test_settings.py`, and that every command and file named in the operating
page exists in `unit/test_operating_page.py`.)
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxd.documents import Reason
from inboxd.ladder import STEPS
from inboxd.plan import INTERNAL_NOTICES, Category, Route
from inboxd.replies import NOTICES
from inboxd.triage.rules import RULES
from tests.scenarios.reading import folders

ROOT = Path(__file__).parent.parent
CODE = sorted((ROOT / "inboxd").rglob("*.py"))
WRITTEN = [path for path in CODE if "versions" not in path.parts]
LONGEST_MODULE = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "misc", "common"}
SEEN_ELSEWHERE = {Reason.TOO_MANY_ATTEMPTS: "tests/scenarios/test_after_the_fact.py"}
"""Reasons that no scenario folder can show: a bug that is no mail's fault."""
NOBODY_IS_TOLD = {Reason.SENDER_UNVERIFIED, Reason.NOT_IN_OFFICE, Reason.REPLY_LIMIT, Reason.NO_SENDER,
                  Reason.TOO_MANY_ATTEMPTS}
"""Reasons for which nothing is sent to the sender, in any language."""
EXPECTED = [(folder, tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))) for folder in folders()]


def values(key: str, within: object = None) -> Iterator[object]:
    """Every value of `key` in all expectations, lists item by item."""
    for found in [expected for _, expected in EXPECTED] if within is None else [within]:
        if isinstance(found, dict):
            for name, value in found.items():
                if name == key:
                    yield from value if isinstance(value, list) else [value]
                yield from values(key, value)
        elif isinstance(found, list):
            for item in found:
                yield from values(key, item)


def said(within: object = None) -> str:
    """All that expectations say about why: held reasons, reasons of submissions, of files, and becauses."""
    return " ".join(str(value) for key in ("held", "reasons", "files", "because") for value in values(key, within))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_seen_in_a_test(reason: Reason) -> None:
    in_scenarios = re.search(rf"\b{reason}\b", said()) is not None
    if reason in SEEN_ELSEWHERE:
        text = (ROOT / SEEN_ELSEWHERE[reason]).read_text(encoding="utf-8")
        assert not in_scenarios, "a scenario shows it now: strike it from SEEN_ELSEWHERE"
        assert re.search(rf"\b{reason}\b|in Reason\b|tuple\(Reason\)", text)
    else:
        assert in_scenarios, f"no scenario for {reason}"


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in NOBODY_IS_TOLD])
def test_every_reason_that_a_sender_meets_is_seen_in_english_and_in_french(reason: Reason) -> None:
    """Mails with this reason are answered in both languages (`domain.md` 2.3-2.5)."""
    mails = [mail for _, expected in EXPECTED for mail in expected.values() if isinstance(mail, dict)]
    shown = [mail for mail in mails if re.search(rf"\b{reason}\b", said(mail))]
    spoken = {language for mail in shown for reply in mail.get("reply", ())
              for language in reply.get("language", "").split(", ")}
    assert {"en", "fr"} <= spoken


def test_every_route_has_a_scenario() -> None:
    assert {str(route) for route in Route} - set(values("route")) == set()


def test_every_rule_has_a_scenario() -> None:
    assert {rule.__name__ for rule in RULES} - set(values("rule")) == set()


def test_every_category_has_a_scenario() -> None:
    assert {str(category) for category in Category} - set(values("category")) == set()


def test_every_notice_is_sent_in_a_scenario() -> None:
    elsewhere = INTERNAL_NOTICES - {step.notice for step in STEPS.values()}
    assert set(NOTICES) - set(values("template")) == elsewhere, "those are seen in tests of their own"
    assert any(isinstance(count, int) and count > 0 for count in values("alerts"))


def test_scenarios_say_what_they_stand_for() -> None:
    titles = [(folder / "expected.toml").read_text(encoding="utf-8").splitlines()[0] for folder, _ in EXPECTED]
    assert [title for title in titles if not re.match(r"# (domain|product)\.md [^:]+: .+", title)] == []
    assert [title for title, count in Counter(titles).items() if count > 1] == []


def test_scenarios_are_numbered_once() -> None:
    numbers = Counter(folder.name.partition("-")[0] for folder, _ in EXPECTED)
    assert [number for number, count in numbers.items() if count > 1 or not re.fullmatch(r"\d{3}", number)] == []


def test_scenarios_name_invented_people_only() -> None:
    address = re.compile(rb"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
    strangers = {
        (str(path.relative_to(ROOT)), domain)
        for folder, _ in EXPECTED for path in folder.rglob("*.eml")
        for domain in address.findall(path.read_bytes()) if not domain.endswith(b".example")
    }
    assert strangers == set()


def chosen_templates() -> set[str]:
    """The names in every `question.reply("name", …)` of triage; `f"ack_{…}"` stands for one each category."""
    names: set[str] = set()
    for path in (ROOT / "inboxd" / "triage").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reply"):
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant):
                names.add(str(name.value))
            else:
                assert isinstance(name, ast.JoinedStr), f"{path.name}:{node.lineno}: the template is not named plainly"
                assert ast.unparse(name) == "f'ack_{case.category}'", f"{path.name}:{node.lineno}"
                names |= {f"ack_{category}" for category in Category if category is not Category.NOT_MET}
    return names


def test_every_template_that_triage_chooses_exists_in_both_languages() -> None:
    chosen = chosen_templates()
    assert {"receipt", "failure", "ack_critical", "raised", "outsider"} <= chosen
    for name in {*chosen, *INTERNAL_NOTICES}:
        assert name in NOTICES
        for language in ("en", "fr"):
            assert (ROOT / "inboxd" / "templates" / language / f"{name}.txt.j2").is_file(), f"{language}/{name}"
    assert set(NOTICES) - chosen == INTERNAL_NOTICES, "a notice that nothing sends"


def test_what_officers_get_answers_nobody_and_something_sends_it() -> None:
    assert {name for name, notice in NOTICES.items() if not notice.in_answer} == INTERNAL_NOTICES
    named = {
        str(node.value) for path in WRITTEN if "replies" not in path.parts and path.name != "plan.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    }
    assert named >= INTERNAL_NOTICES, "a notice that nothing sends"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short_and_say_what_they_are_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert path.stem not in FORBIDDEN_NAMES
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "no docstring"


def test_event_names_are_unique() -> None:
    tree = ast.parse((ROOT / "inboxd" / "maillog.py").read_text(encoding="utf-8"))
    names = [
        str(node.args[1].value) for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_emit"
        and isinstance(node.args[1], ast.Constant)
    ]
    assert len(names) > 20
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+(\.[a-z_]+)?", name)] == []


def test_nothing_is_logged_past_the_log_of_events() -> None:
    """Standard output is event lines only; commands print through click. Two modules silence a library."""
    found: list[str] = []
    for path in WRITTEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: print")
            if isinstance(node, ast.Import) and any(item.name == "logging" for item in node.names):
                found.append(f"{path.relative_to(ROOT)}: logging")
    assert sorted(found) == [
        f"inboxd/{name}.py: logging" for name in ("http_register/wire", "maillog", "parsers/message")
    ]


READ_MAILS = {"inboxd/readers/serving.py", "inboxd/readers/here.py"}
"""The process with limits, and its stand-in where the office wants none."""
FINDS_NUMBERS = "inboxd.parsers.references"
"""Of a line that a person typed or a file of ours; it reads no mail."""


def test_only_the_readers_call_the_parsers_on_a_mail() -> None:
    """Everything else asks `Context.reader` or `Source.readers`: what a mail does to its reader it does to no other."""
    found = set()
    for path in WRITTEN:
        place = str(path.relative_to(ROOT))
        if place.startswith("inboxd/parsers/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [item.name for item in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{item.name}" for item in node.names]
            if any(f"{name}.".startswith("inboxd.parsers.") and FINDS_NUMBERS not in name for name in names):
                found.add(place)
    assert found == READ_MAILS


def test_a_process_that_only_reads_mails_loads_no_rules() -> None:
    """Half of what a start costs: a page or an export wants what a mail says, not what it asks for."""
    for loads, spared in (
        ("inboxd.readers.serving", "inboxd.triage inboxd.store sqlalchemy jinja2"),
        ("inboxd.readers", "inboxd.triage inboxd.parsers mailparser"),
    ):
        code = f"import {loads}, sys; print(*[name for name in '{spared}'.split() if name in sys.modules])"
        loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert loaded.stdout.split() == []


def test_help_and_wrong_options_load_nothing_heavy() -> None:
    """Each command imports what it needs; a person who asks for help does not wait for what they do not use."""
    heavy = ["sqlalchemy", "jinja2", "pydantic", "re2", "imapclient", "mailparser", "rich", "cryptography", "babel",
             "starlette", "uvicorn", "apscheduler", "numpy", "magic", "lxml", "pikepdf", "ssl", "asyncio", "email"]
    code = f"import inboxd.cli, sys; print(*[name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_the_daemon_loads_nothing_that_it_hardly_ever_needs() -> None:
    """What upgrades tables, looks up keys in DNS, serves pages or learns is loaded where that is asked for."""
    rare = ["alembic", "mako", "pygments", "dkim", "dns", "starlette", "uvicorn", "numpy", "scipy", "rich", "pikepdf",
            "PIL"]
    code = ("import inboxd.app, inboxd.daemon, sys; from inboxd.database import Database, open_engine; "
            f"Database(open_engine('sqlite://')).revision(); print(*[name for name in {rare} if name in sys.modules])")
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []

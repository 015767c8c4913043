"""Templates as files: an office's own in front of the packaged ones, checked as a whole before use."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.errors import BadConfig
from inboxd.ladder import STEPS
from inboxd.mail import Language
from inboxd.replies import NOTICES, Templates, collection, wording
from inboxd.settings import OfficeSettings, ReplySettings

TORONTO = ZoneInfo("America/Toronto")
OFFICE = OfficeSettings(address="question@centre.example", name_en="Example Centre", name_fr="Centre exemplaire",
                        message_id_domain="centre.example")
GOOD = {"en": "Subject: Hello\n\nReceived {{ received | when }}.\n",
        "fr": "Objet : Bonjour\n\nReçu {{ received | when }}.\n"}


def replies(folder: Path | None) -> ReplySettings:
    return ReplySettings(templates=folder, booking_url="https://liaison.example/", web_form_url="https://form.example/",
                         find_member_url="https://find.example/", status_tracker_url="https://tracker.example/",
                         passport_url="https://passport.example/", contact="1-555-0100")


def load(folder: Path | None) -> Templates:
    return Templates.load(replies(folder), OFFICE, TORONTO)


def problems(folder: Path) -> list[tuple[str, int, str]]:
    """File, line and key of every problem."""
    with pytest.raises(BadConfig) as caught:
        load(folder)
    return [(str(problem.file.relative_to(folder)), problem.line, problem.key) for problem in caught.value.problems]


def messages(folder: Path) -> str:
    with pytest.raises(BadConfig) as caught:
        load(folder)
    return str(caught.value)


def put(folder: Path, english: str | None = None, french: str | None = None, *, name: str = "outsider.txt.j2") -> Path:
    """Write one pair of an office's own files; None: a sound one."""
    for language, text in (("en", english), ("fr", french)):
        (folder / language).mkdir(exist_ok=True)
        (folder / language / name).write_text(GOOD[language] if text is None else text, encoding="utf-8")
    return folder


def test_the_packaged_templates_pass() -> None:
    templates = load(None)
    assert set(templates.names()) == {
        "receipt", "partial", "failure", "held", "ack_critical", "ack_urgent", "ack_complex", "ack_review",
        "ack_several", "raised",
        "not_met", "passport", "outsider", "status", "page", "review_page", "reminder", "breach", "escalation",
        "action_reminder", "action_alarm", "filing_reminder", "filing_breach", "filing_escalation", "alert", "digest",
        "incident", "incident_over"}
    for name in templates.names():
        assert templates.source_of(name, Language.FR) == collection.PACKAGED / "fr" / f"{name}.txt.j2"
        assert templates.sample_values(name) == NOTICES[name].sample
        assert len(templates.version_of(name)) == 12
        assert templates.purpose_of(name)


def test_no_packaged_file_is_idle() -> None:
    for language in ("en", "fr"):
        for path in (collection.PACKAGED / language).iterdir():
            used = any(f'"{path.name}"' in other.read_text(encoding="utf-8") for other in path.parent.iterdir())
            assert used or path.name in ("reasons.toml", "words.toml") or path.name.removesuffix(".txt.j2") in NOTICES


def test_the_offices_own_files_come_first_one_by_one(tmp_path: Path) -> None:
    templates = load(put(tmp_path))
    assert templates.source_of("outsider", Language.EN) == tmp_path / "en" / "outsider.txt.j2"
    assert templates.source_of("receipt", Language.EN).parent.parent == collection.PACKAGED
    text = templates.text("outsider", Language.EN, NOTICES["outsider"].sample)
    assert (text.subject, text.body) == ("Hello", "Received Friday, December 11, 2026, 4:45 p.m. (ET).\n")


def test_a_copy_of_all_packaged_files_is_a_sound_office_folder(tmp_path: Path) -> None:
    shutil.copytree(collection.PACKAGED, tmp_path, dirs_exist_ok=True)
    templates = load(tmp_path)
    assert templates.source_of("status", Language.FR) == tmp_path / "fr" / "status.txt.j2"
    assert templates.versions == load(None).versions


def test_a_version_changes_with_the_file_its_parts_and_its_words(tmp_path: Path) -> None:
    before = load(None).versions
    own = load(put(tmp_path)).versions
    assert [name for name in before if before[name] != own[name]] == ["outsider"]
    for name in ("_asks.txt.j2", "words.toml"):
        for language in ("en", "fr"):
            text = (collection.PACKAGED / language / name).read_text(encoding="utf-8")
            (tmp_path / language / name).write_text(f"{text}# One line more.\n", encoding="utf-8")
        after = load(tmp_path).versions
        changed = {key for key in own if after[key] != own[key]}
        with_asks = {"ack_critical", "ack_urgent", "ack_complex", "ack_review", "ack_several", "raised"}
        assert changed == (with_asks if name == "_asks.txt.j2" else set(own))
        for language in ("en", "fr"):
            (tmp_path / language / name).unlink()


def test_templates_in_force_do_not_change_when_a_file_does(tmp_path: Path) -> None:
    templates = load(put(tmp_path))
    put(tmp_path, "Subject: Changed\n\nChanged.\n", "Objet : Changé\n\nChangé.\n")
    assert templates.text("outsider", Language.EN, NOTICES["outsider"].sample).subject == "Hello"


def test_windows_editors_are_forgiven(tmp_path: Path) -> None:
    put(tmp_path)
    for language in ("en", "fr"):
        path = tmp_path / language / "outsider.txt.j2"
        path.write_bytes(b"\xef\xbb\xbf" + GOOD[language].replace("\n", "\r\n").encode())
    assert load(tmp_path).text("outsider", Language.FR, NOTICES["outsider"].sample).subject == "Bonjour"


def test_backups_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path)
    for name in (".outsider.txt.j2.swp", "outsider.txt.j2~", "receipt.txt.j2.bak"):
        (tmp_path / "en" / name).write_text("{{", encoding="utf-8")
    load(tmp_path)


def test_every_problem_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    put(tmp_path, "Subject: A\n\n{% if %}\n", "Objet : A\n\n{{ recieved }}\n{{ nubmer }}\n", name="receipt.txt.j2")
    put(tmp_path, "Hello\n\nx {{ received | when }}\n", "Objet : A\nb {{ received | when }}\n", name="outsider.txt.j2")
    (tmp_path / "en" / "held.txt.j2").write_text(GOOD["en"], encoding="utf-8")
    (tmp_path / "fr" / "recept.txt.j2").write_text("x", encoding="utf-8")
    (tmp_path / "en" / "words.toml").write_text("[categories]\ncritical = 3\n", encoding="utf-8")
    (tmp_path / "status.txt.j2").write_text("x", encoding="utf-8")
    found = problems(tmp_path)
    assert ("en/receipt.txt.j2", 3, "") in found
    assert ("fr/receipt.txt.j2", 3, "recieved") in found
    assert ("fr/receipt.txt.j2", 4, "nubmer") in found
    assert ("en/outsider.txt.j2", 1, "") in found
    assert ("fr/outsider.txt.j2", 2, "") in found
    assert ("en/held.txt.j2", 0, "") in found
    assert ("fr/recept.txt.j2", 0, "") in found
    assert ("en/words.toml", 2, "categories.critical") in found
    assert ("en/words.toml", 1, "categories.urgent") in found
    assert ("en/words.toml", 0, "fields") in found
    assert ("status.txt.j2", 0, "") in found
    text = messages(tmp_path)
    assert "is receipt.txt.j2 meant?" in text
    assert "has no twin fr/held.txt.j2" in text


@pytest.mark.parametrize(("english", "french", "place", "says"), [
    ("Subject: A\n\n{{ received | wen }}\n", None, "en:3", "is not a filter"),
    ("Subject: A\n\n{% if received is bigg %}{% endif %}\n", None, "en:3", "is not a test"),
    ("Subject: A\n\n{{ received }}\n", "Objet : A\n\n{{ received }}\n", "fr:3", "a time is shown with"),
    ("Subject: A\n\n{% for x in received %}{% endfor %}", "Objet : A\n\n{{ received | day }}", "en:3",
     "cannot be rendered (TypeError)"),
    ("Subject: A\n\n{{ received.strftime('%Y') }}\n", None, "en:3", "calls"),
    ("Subject: A\n\n{{ received | when }}{{ 'x' * 10000000 }}\n", None, "en:3", "cannot call functions or calculate"),
    ("Subject: A\n\n{{ received | when }}\n{% for i in range(3) %}{% endfor %}\n", None, "en:4", "calls"),
    ("Subject: A\n\n{{ received.__class__ }}\n", None, "en:3", "is not for templates"),
    ("Subject: A\n\n{{ received | when }}{% macro m() %}{% endmacro %}\n", None, "en:3", "macros"),
    ("Subject: A\n\n{% autoescape true %}{{ received | when }}{% endautoescape %}\n", None, "en:3", "autoescape"),
    ("Subject: A\n\n{% include 'receipt.txt.j2' %}\n", None, "en:3", "by its literal name"),
    ("Subject: A\n\n{% include '_nothing.txt.j2' %}\n", None, "en:3", "is not a part"),
    ("Subject: A\n\n{% include '_' ~ received %}\n", None, "en:3", "by its literal name"),
    ("Subject: A\n\n{{ received.year_of_birth }}{{ received | when }}\n", None, "en:3", "has no attribute"),
    ("Subject: \n\n{{ received | when }}\n", None, "en:1", "first line must be the subject"),
    ("\nSubject: A\n\n{{ received | when }}\n", None, "en:1", "first line must be the subject"),
    ("Subject: {{ '' }}\n\n{{ received | when }}\n", None, "en:1", "subject is empty"),
    ("Subject: MCMPS attachment - x\n\n{{ received | when }}\n", None, "en:1", "submission phrase"),
    ("Subject: A E123456789\n\n{{ received | when }}\n", None, "en:1", "whole number"),
    ("Subject: A\n\n{% if not received %}{{ received | when }}{% endif %}\n", None, "en:0", "text is empty"),
    ("Subject: A\n\nNothing.\n", None, "en:0", "is used in fr/outsider.txt.j2"),
    (None, "Objet : A\n\n{{ received | when }} {{ contact }}\n", "en:0", "is used in fr/outsider.txt.j2"),
    ("Objet : A\n\n{{ received | when }}\n", None, "en:1", "first line must be the subject"),
    ("Subject: A\n\n{% set loop = 1 %}{% for x in (1,) %}{{ loop }}{% endfor %}{{ received | when }}", None, "en:3",
     "list is shown"),
    ("Subject: A\n\n{{ received | when }}{% for loop in (1,) %}{% endfor %}", None, "en:3", "loop"),
])
def test_what_a_template_must_not_do(tmp_path: Path, english: str | None, french: str | None, place: str,
                                     says: str) -> None:
    language, line = place.split(":")
    with pytest.raises(BadConfig) as caught:
        load(put(tmp_path, english, french))
    found = [problem for problem in caught.value.problems if problem.file == tmp_path / language / "outsider.txt.j2"]
    assert any(problem.line == int(line) and says in problem.message for problem in found), caught.value


def test_a_missing_value_of_a_row_is_found_by_rendering(tmp_path: Path) -> None:
    for language in ("en", "fr"):
        text = (collection.PACKAGED / language / "_filed.txt.j2").read_text(encoding="utf-8")
        (tmp_path / language).mkdir()
        (tmp_path / language / "_filed.txt.j2").write_text(text.replace("row.size", "row.sise"), encoding="utf-8")
    assert problems(tmp_path) == [("en/_filed.txt.j2", 8, ""), ("fr/_filed.txt.j2", 8, "")]
    assert "has no attribute 'sise'" in messages(tmp_path)


def test_a_part_that_includes_itself_is_named_and_not_rendered(tmp_path: Path) -> None:
    for name in ("_notes.txt.j2", "_own.txt.j2"):
        other = "_own.txt.j2" if name == "_notes.txt.j2" else "_notes.txt.j2"
        put(tmp_path, f'{{% include "{other}" %}}', f'{{% include "{other}" %}}', name=name)
    assert {(file, key) for file, _, key in problems(tmp_path)} == {
        (f"{language}/{name}", name) for language in ("en", "fr") for name in ("_notes.txt.j2", "_own.txt.j2")}


def test_an_own_part_may_be_added(tmp_path: Path) -> None:
    part = "{% include '_own.txt.j2' %}\n"
    put(tmp_path, "Subject: A\n\n{% set x = 1 %}" + part, "Objet : A\n\n" + part)
    put(tmp_path, "At {{ received | day }} ({{ x }}).", "Le {{ received | day }}.", name="_own.txt.j2")
    text = load(tmp_path).text("outsider", Language.EN, NOTICES["outsider"].sample)
    assert text.body == "At Friday, December 11, 2026 (1).\n"


def test_a_broken_part_does_not_hide_the_rest(tmp_path: Path) -> None:
    put(tmp_path, "{{", "{{", name="_signature.txt.j2")
    put(tmp_path, "Subject: A\n\n{{ nope }}{{ received | when }}\n")
    assert problems(tmp_path) == [
        ("en/_signature.txt.j2", 1, ""), ("en/outsider.txt.j2", 3, "nope"), ("fr/_signature.txt.j2", 1, "")]


def test_text_that_is_not_utf8_is_named_by_line(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "fr" / "outsider.txt.j2").write_bytes("Objet : A\n\nreçu\n".encode("latin-1"))
    assert problems(tmp_path) == [("fr/outsider.txt.j2", 3, "")]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="is not a folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(("at", "english", "french"), [
    (datetime(2026, 12, 14, 21, 45, tzinfo=UTC), "Monday, December 14, 2026, 4:45 p.m. (ET)",
     "le lundi 14 décembre 2026, 16 h 45 (HE)"),
    (datetime(2026, 7, 1, 4, 5, tzinfo=UTC), "Wednesday, July 1, 2026, 12:05 a.m. (ET)",
     "le mercredi 1er juillet 2026, 0 h 05 (HE)"),
    (datetime(2026, 3, 9, 16, 0, tzinfo=UTC), "Monday, March 9, 2026, 12:00 p.m. (ET)",
     "le lundi 9 mars 2026, 12 h (HE)"),
])
def test_times_name_date_time_and_zone(at: datetime, english: str, french: str) -> None:
    assert wording.when(at, Language.EN, TORONTO) == english
    assert wording.when(at, Language.FR, TORONTO).replace("\u00a0", " ") == french
    assert wording.day(at, Language.EN, TORONTO) == english.rpartition(", ")[0]
    assert wording.day(at, Language.FR, TORONTO).replace("\u00a0", " ") == french.rpartition(", ")[0]


@pytest.mark.parametrize(("zone", "english", "french"), [
    ("America/Vancouver", "(PT)", "(HP)"), ("America/Halifax", "(AT)", "(HA)"), ("UTC", "(UTC)", "(UTC)"),
    ("Europe/Paris", "(UTC+01:00)", "(UTC+01:00)"),
])
def test_other_offices_have_other_zones(zone: str, english: str, french: str) -> None:
    at = datetime(2026, 12, 14, 21, 45, tzinfo=UTC)
    assert wording.when(at, Language.EN, ZoneInfo(zone)).endswith(english)
    assert wording.when(at, Language.FR, ZoneInfo(zone)).endswith(french)


def test_a_time_without_a_zone_is_not_shown() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        wording.when(datetime(2026, 12, 14), Language.EN, TORONTO)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="take a time"):
        wording.day("2026-12-14", Language.EN, TORONTO)


@pytest.mark.parametrize(("size", "english", "french"), [
    ("0", "0 B", "0 o"), ("999", "999 B", "999 o"), ("482133", "482 KB", "482 Ko"), (999_499, "999 KB", "999 Ko"),
    (999_500, "1 MB", "1 Mo"), ("1932000", "1.9 MB", "1,9 Mo"), (2_500_000_000, "2.5 GB", "2,5 Go"),
    ("small", "small", "small"),
])
def test_sizes(size: str | int, english: str, french: str) -> None:
    assert wording.file_size(size, Language.EN) == english
    assert wording.file_size(size, Language.FR).replace("\u00a0", " ") == french


def test_french_spaces_do_not_break() -> None:
    assert wording.french("Objet : « reçu » ; 16 h 30 ?") == "Objet~: «~reçu~»~; 16~h~30~?".replace("~", "\u00a0")
    assert wording.french("https://x.example/a:b ?q") == "https://x.example/a:b ?q"


def test_a_value_keeps_its_spaces_in_french() -> None:
    values = {**NOTICES["held"].sample, "files": ({"name": "a : b ; c.pdf"},)}
    assert "- a : b ; c.pdf\n" in load(None).text("held", Language.FR, values).body


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_wrapping_loses_no_word_and_breaks_only_at_spaces(text: str) -> None:
    wrapped = wording.wrap(text)
    assert "".join(wrapped.split()) == "".join(text.split())
    for line in wrapped.split("\n"):
        assert len(line) <= 78 or " " not in line.strip()
    assert wrapped.endswith("\n")
    assert "\n\n\n" not in wrapped


def test_the_documentation_names_every_notice_value_filter_and_part() -> None:
    text = (Path(__file__).parents[2] / "docs" / "writing-templates.md").read_text(encoding="utf-8")
    table = (line.split("|") for line in text.splitlines())
    rows = {cells[1].strip(" `"): cells[3] for cells in table if len(cells) == 5}
    inherited = dict.fromkeys(("ack_urgent", "ack_complex", "ack_review", "raised"), "ack_critical")
    inherited["partial"] = "receipt"
    inherited |= dict.fromkeys({step.notice for step in STEPS.values()} - {"reminder"}, "reminder")
    for name, notice in NOTICES.items():
        told = rows[name] + rows.get(inherited.get(name, ""), "")
        assert {value for value in notice.sample if f"`{value}`" not in told} <= {"received"}, name
        for value, sample in notice.sample.items():
            if isinstance(sample, tuple) and sample and not isinstance(sample[0], str):
                assert f"`{value}` ({', '.join(sample[0])})" in told
    environment = load(None).environments[Language.FR]
    usable = [name for name in (*environment.filters, *environment.globals) if " " not in name]
    assert [name for name in usable if f"`{name}`" not in text] == []
    parts = [path.name.removesuffix(".txt.j2") for path in (collection.PACKAGED / "en").glob("_*")]
    assert [part for part in parts if f"| `{part}` |" not in text] == []

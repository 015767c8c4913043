"""The settings file: the sample explains every option truthfully, and broken files are refused by line and key."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from inboxd.config_file import Section
from inboxd.errors import BadConfig
from inboxd.settings import DEFAULT_FOLDERS, Login, Place, Settings, read_settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "inboxd.toml"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()
BAD = sorted((ROOT / "tests" / "bad_configs").iterdir())

OPTION = re.compile(r"^(?P<mark># (?:e\.g\. )?)?(?P<key>[a-z_0-9]+) = (?P<value>.+)$")
SECTION = re.compile(r"^\[(?P<name>[a-z]+)\]$")


def options() -> list[tuple[int, str, str, str, str]]:
    """Every option in the sample: line, how it stands (open, default, example), section, key, value as TOML."""
    found = []
    section = ""
    for number, line in enumerate(LINES, start=1):
        if header := SECTION.match(line):
            section = header["name"]
        elif option := OPTION.match(line):
            kind = {None: "open", "# ": "default", "# e.g. ": "example"}[option["mark"]]
            found.append((number, kind, section, option["key"], option["value"]))
    return found


def fields() -> set[tuple[str, str]]:
    """Every option there is: section and key."""
    every = {("folders", place.value) for place in DEFAULT_FOLDERS}
    for section, field in Settings.model_fields.items():
        if section != "folders":
            model = field.annotation
            assert isinstance(model, type)
            assert issubclass(model, Section)
            every |= {(section, key) for key in model.model_fields}
    return every


def test_sample_explains_every_option_and_no_other() -> None:
    assert {(section, key) for _, _, section, key, _ in options()} == fields()


def test_every_option_and_section_of_the_sample_has_a_reason_above_it() -> None:
    headings = [(number, "") for number, line in enumerate(LINES, start=1) if SECTION.match(line)]
    for number, key in headings + [(number, key) for number, _, _, key, _ in options()]:
        above = number - 2
        # the default of an option may stand directly above the same option with a sample value
        while key and (option := OPTION.match(LINES[above])) and option["key"] == key:
            above -= 1
        assert re.match(r"^# \S", LINES[above]), f"line {number} has no reason above it"
        assert not OPTION.match(LINES[above]), f"line {number} has no reason of its own"


def test_defaults_that_the_sample_states_are_the_defaults() -> None:
    stated = [row for row in options() if row[1] == "default"]
    assert len(stated) > 30
    for number, _, section, key, value in stated:
        assert tomllib.loads(f"value = {value}")["value"] == _default(section, key), f"line {number}: {section}.{key}"


def _default(section: str, key: str) -> object:
    if section == "folders":
        return DEFAULT_FOLDERS[Place(key)]
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type)
    assert issubclass(model, Section)
    default = model.model_fields[key].default
    return list(default) if isinstance(default, tuple) else default


def test_options_without_default_stand_open_and_examples_are_off_by_default() -> None:
    kinds: dict[tuple[str, str], set[str]] = {}
    for _, kind, section, key, _ in options():
        kinds.setdefault((section, key), set()).add(kind)
    for section, key in fields():
        if section == "folders":
            continue
        model = Settings.model_fields[section].annotation
        assert isinstance(model, type)
        assert issubclass(model, Section)
        field = model.model_fields[key]
        if field.is_required():
            assert kinds[section, key] == {"open"}, f"{section}.{key}"
        if kinds[section, key] == {"example"}:
            assert not field.default, f"{section}.{key} is on by default, so it is no example"


def test_sample_loads_and_its_rules_are_beside_it() -> None:
    settings = read_settings(SAMPLE)
    assert settings.rules.standards == ROOT / "config" / "standards.toml"
    assert settings.senders.roster == ROOT / "config" / "roster.csv"
    assert settings.storage.archive == Path("/var/lib/inboxd/archive")
    for path in (settings.rules.standards, settings.rules.regional_units, settings.senders.roster):
        assert path.is_file(), path


def test_sample_loads_with_every_default_and_example_written_out(tmp_path: Path) -> None:
    seen: set[tuple[str, str]] = {(section, key) for _, kind, section, key, _ in options() if kind == "open"}
    text = list(LINES)
    for number, kind, section, key, value in options():
        is_source = (key in Login.model_fields and key.startswith("password_")) or key == "key_file"
        is_source &= (section, key) != ("directory", "password_credential")  # an issuer needs one
        if kind != "open" and (section, key) not in seen and not is_source:
            seen.add((section, key))
            text[number - 1] = f"{key} = {value}"
    path = tmp_path / "inboxd.toml"
    path.write_text("\n".join(text), encoding="utf-8")
    written = read_settings(path)
    assert written.mailbox.ca_file == Path("/etc/ssl/certs/department.pem")
    assert written.replies.templates == tmp_path / "templates"
    assert written.folder(Place.HELD) == read_settings(SAMPLE).folder(Place.HELD)


@pytest.mark.parametrize("source", ["password_file", "password_env", "password_command"])
def test_each_password_source_of_the_sample_works_alone(tmp_path: Path, source: str) -> None:
    text = "\n".join(line.replace("# e.g. " + source, source) for line in LINES
                     if not line.startswith("password_credential"))
    path = tmp_path / "inboxd.toml"
    path.write_text(text, encoding="utf-8")
    assert read_settings(path).mailbox.password_sources == (source,)


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_broken_settings_are_refused_with_every_problem(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each folder of tests/bad_configs is a file as somebody might save it, and the lines the operator then reads."""
    if (folder / "inboxd.toml").exists():
        shutil.copy(folder / "inboxd.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfig) as caught:
        read_settings(Path("inboxd.toml"))
    assert f"{caught.value}\n" == (folder / "expected.txt").read_text(encoding="utf-8")

"""`digest`: what the day's digest would say, printed; nothing is sent and no row is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from inboxd.tables import cases
from tests.cli.conftest import Give, one_line
from tests.cli.worlds import every_row, everything, office_of_commands
from tests.crash.letters import critical, in_bytes, letter
from tests.scenarios.officers import TUESDAY, URGENT
from tests.scenarios.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with office_of_commands(tmp_path, monkeypatch) as opened:
        opened.deliver(critical(), TUESDAY)
        opened.deliver(in_bytes(letter("A constituent", f"Hello,\n\n{URGENT}\n")), TUESDAY)
        opened.run()
        yield opened


def config(world: World) -> Path:
    return world.context.settings.rules.criteria.parent / "inboxd.toml"


def test_it_prints_what_it_would_say_now_and_touches_nothing(world: World, give: Give) -> None:
    before = everything(world)
    ended = give(config(world), "digest", "--lang", "en")
    assert ended.status == 0, ended.err
    first, second = every_row(world, cases)
    assert ended.out.startswith("[DIGEST] Tuesday, November 3, 2026: critical 1, overdue 0, due today 0\n\nAs of")
    assert f"{first.reference}  reply due Wed Nov 4, 10:00 a.m." in ended.out
    assert second.reference not in ended.out, "due on Thursday"
    assert everything(world) == before


def test_another_day_is_told_as_it_would_be_from_what_is_open_now(world: World, give: Give) -> None:
    _, second = every_row(world, cases)
    text = give(config(world), "digest", "--lang", "en", "--date", "2026-11-05").out
    assert "As of Thursday, November 5, 2026, 7:00 a.m. (ET)." in text
    assert f"DUE TODAY: 1\n- Thu Nov 5, 10:00 a.m.  {second.reference}" in text


def test_both_languages_as_in_the_mail(world: World, give: Give) -> None:
    text = give(config(world), "digest").out
    assert "CRITICAL" in text
    assert "CRITIQUES" in text


def test_a_day_without_a_digest_is_named(world: World, give: Give) -> None:
    ended = give(config(world), "digest", "--date", "2026-11-07")
    assert ended.status == 0
    assert one_line(ended) == "inboxd: 2026-11-07 is no business day, so no digest is sent on it"
    assert give(config(world), "digest", "--date", "2026-02-30").status == 2


def test_the_day_after_what_was_answered_is_counted(world: World, give: Give) -> None:
    world.clock.at = TUESDAY + timedelta(days=1)
    text = " ".join(give(config(world), "digest", "--lang", "fr").out.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "messages reçus 2, cas ayant reçu une réponse 0" in text

"""A template can neither hang the daemon nor fill its memory: what it does is counted, and it is stopped and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.replies import NOTICES, budget, checking
from tests.unit.test_templates import load, messages, put

LOOPS = "".join(f"{{% for x{level} in ('a','b','c','d','e','f','g','h','i','j') %}}" for level in range(9))
BOMBS = {
    "loops in loops": LOOPS + "{% endfor %}" * 9,
    "loops that write": LOOPS + "Bonjour" + "{% endfor %}" * 9,
    "a text that doubles": "{% set a %}xxxxxxxxxx{% endset %}"
    + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40
    + "{{ a }}",
    "a text joined with itself": "{% set a = 'xxxxxxxxxx' * 1 %}",
    "joined letters": "{% set a = 'x' * 2 %}",
    "letters between letters": "{{ "
    + "('xxxxxxxxxxxxxxxxxxxx' | list"
    + " | join('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy')" * 9
    + ") | length }}",
    "plus": "{% set a = 'x' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "tilde": "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "lists in lists": "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 40 + "{% if a == a %}{% endif %}",
    "dictionaries": "{% set a = {'x': office_name} %}",
    "a wide column": "{{ 'x' | column(999999999) }}",
    "a narrow column": "{{ 'x' | column('9') }}",
    "sorting again and again": "{% for a in office_name | list %}" * 6
    + "{{ office_name | list | sort | length }}"
    + "{% endfor %}" * 6,
    "a power": "{{ 9 ** 9 ** 9 }}",
    "a long file": "x" * 70_000,
    "many brackets": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "the inside of our own loops": "{{ 5 | spend a round }}",
    "a class": "{{ office_name.__class__.__mro__ }}",
    "itself": "{{ self.__class__ }}",
    "a format": "{{ '%s' | format(office_name) }}",
}


@pytest.fixture
def only_outsider(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other notice is tried, which would take a second each time."""
    monkeypatch.setattr(checking, "NOTICES", {"outsider": NOTICES["outsider"]})


@pytest.mark.parametrize("what", BOMBS)
def test_a_template_that_does_too_much_is_named(what: str, tmp_path: Path, only_outsider: None) -> None:
    """0.3 s each."""
    bomb = BOMBS[what]
    put(
        tmp_path,
        f"Subject: Hello\n\n{{{{ received | when }}}} {bomb}\n",
        f"Objet : Bonjour\n\n{{{{ received | when }}}} {bomb}\n",
    )
    assert "outsider.txt.j2" in messages(tmp_path)


def test_parts_that_include_parts_twice_are_counted(tmp_path: Path, only_outsider: None) -> None:
    """Two to the power of thirty parts in thirty small files."""
    for level in range(30):
        inside = f"{{% include '_p{level + 1}.txt.j2' %}}" * 2 if level < 29 else "x"
        put(tmp_path, inside, inside, name=f"_p{level}.txt.j2")
    put(
        tmp_path,
        "Subject: Hello\n\n{{ received | when }}{% include '_p0.txt.j2' %}\n",
        "Objet : Bonjour\n\n{{ received | when }}{% include '_p0.txt.j2' %}\n",
    )
    assert "goes on for too long" in messages(tmp_path)


def test_what_is_too_much_only_for_real_values_holds_the_mail(tmp_path: Path) -> None:
    """The samples have two files; a mail may have a thousand."""
    loops = "{% for a in refused %}{% for b in refused %}x{% endfor %}{% endfor %}"
    for language, subject in (("en", "Subject: Hello"), ("fr", "Objet : Bonjour")):
        (tmp_path / language).mkdir()
        whole = (Path(load(None).source_of("failure", Language(language)))).read_text(encoding="utf-8")
        (tmp_path / language / "failure.txt.j2").write_text(whole + loops, encoding="utf-8")
        assert whole.startswith(subject[:5])
    templates = load(tmp_path)
    values = dict(templates.sample_values("failure"))
    rows = values["refused"]
    assert isinstance(rows, tuple)
    assert templates.text("failure", Language.EN, values).body
    with pytest.raises(Permanent, match=r"failure\.txt\.j2:\d+: goes on for too long"):
        templates.text("failure", Language.EN, {**values, "refused": rows[:1] * 1000})
    assert templates.text("failure", Language.EN, values).body, "the next one is not held up"


@pytest.mark.parametrize("name", ["failure", "partial"])
def test_a_thousand_files_are_not_too_much(name: str) -> None:
    templates = load(None)
    values = dict(templates.sample_values(name))
    for key in ("refused", "files"):
        rows = values.get(key)
        if isinstance(rows, tuple):
            values[key] = rows[:1] * 1000
    for language in (Language.EN, Language.FR):
        with budget.budget():
            assert len(templates.text(name, language, values).body) > 50_000


def test_every_packaged_notice_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST", budget.MOST // 20)
    templates = load(None)
    for name in NOTICES:
        for language in (Language.EN, Language.FR):
            assert templates.text(name, language, templates.sample_values(name)).body

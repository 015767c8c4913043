"""Letters that storms have in any number, so that there is something to die of at every death. Pure.

Each is about a person of its own and asks nothing of another letter, so what becomes of it hangs on it alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from demo.documents import PHRASE
from demo.files import File, pdf
from demo.letters import ALMA, CORA, MAUDE, PRIYA, Person, compose, day_en, day_fr

BEGINNINGS = ("Bel", "Cor", "Dal", "Fen", "Gar", "Hol", "Kel", "Lan", "Mor", "Nev", "Pel", "Ros", "Tor", "Wes")
ENDINGS = ("bourne", "cliffe", "dalen", "gravel", "hurst", "minster", "stoke", "wether")
Written = tuple[Person, str, str, tuple[File, ...]]


def name_of(number: int) -> str:
    """A family name of its own for each number below 112."""
    return BEGINNINGS[number % len(BEGINNINGS)] + ENDINGS[number // len(BEGINNINGS) % len(ENDINGS)]


def more_letters(chance: random.Random, at: datetime, count: int) -> Iterator[tuple[str, bytes]]:
    """Key and bytes of so many letters, of every kind in turn; days in them count from `at`."""
    kinds: list[Callable[[str, random.Random, datetime], Written]] = [
        _removal, _paper, _funeral, _passport, _news, _paper_without_number, _outsider, _en_francais,
    ]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        sender, subject, text, files = kind(name_of(number), chance, at)
        key = f"more-{kind.__name__.strip('_')}-{number}"
        yield key, compose(key, sender, subject, text, at=at, files=files, verified=number % 23 != 4)


def _soon(at: datetime, days: int) -> str:
    return day_en((at + timedelta(days=days)).date())


def _removal(name: str, chance: random.Random, at: datetime) -> Written:
    text = f"Hello,\n\nThe removal of Ms. {name} is set for {_soon(at, 3)}. Her life is at risk there.\n\nThank you,"
    return chance.choice((PRIYA, ALMA, CORA)), f"File of {name}", text, ()


def _funeral(name: str, chance: random.Random, at: datetime) -> Written:
    text = (f"Hello,\n\nMr. {name}'s father has passed away; the funeral is on {_soon(at, 20)} in Lima and he needs his"
            " travel document for it. We hold his consent.")
    return chance.choice((PRIYA, ALMA, CORA)), f"Funeral, {name}", text, ()


def _en_francais(name: str, _: random.Random, at: datetime) -> Written:
    day = day_fr((at + timedelta(days=4)).date())
    text = f"Bonjour,\n\nLe renvoi de M. {name} est prévu pour le {day}; sa vie est en danger là-bas.\n\nMerci,"
    return MAUDE, f"Dossier {name}", text, ()


def _passport(name: str, chance: random.Random, _: datetime) -> Written:
    text = f"Hello,\n\n{name} has applied for a regular passport six weeks ago. When will the passport be mailed?"
    return chance.choice((PRIYA, CORA)), f"Passport of {name}", text, ()


def _news(name: str, chance: random.Random, _: datetime) -> Written:
    return chance.choice((PRIYA, ALMA, CORA)), f"About {name}", f"Hello,\n\nIs there any news for {name}?", ()


def _paper(name: str, chance: random.Random, _: datetime) -> Written:
    words = "Good morning,\n\nPlease add this for Amara Okonjo-Reyes, born 1984-06-30. We hold her written consent."
    file = pdf(f"{name}.pdf", f"Letter of {name}, {chance.random()}")
    return PRIYA, f"{PHRASE} E123456789", words, (file,)


def _paper_without_number(name: str, chance: random.Random, _: datetime) -> Written:
    file = pdf(f"{name}.pdf", f"Letter of {name}, {chance.random()}")
    return PRIYA, PHRASE, "Good morning,\n\nPlease add this. We hold her written consent.", (file,)


def _outsider(name: str, _: random.Random, __: datetime) -> Written:
    sender = Person(name=f"A. {name}", address=f"{name.lower()}@elsewhere.example")
    return sender, "Hello", "When will my visa come?", ()

"""What a move in a mail client means: the whole table, and what must hold for every mail and every folder."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.plan import Category, Route
from inboxd.settings import Place
from inboxd.triage.moved import CATEGORIES, PRESSING, Act, CaseStanding, Lying, meaning_of

STATES = ("open", "waiting", "answered", "closed")
standing_cases = st.builds(
    CaseStanding, reference=st.just("MC26-000001-A"), category=st.sampled_from(Category),
    state=st.sampled_from(STATES), queue=st.sampled_from(("mcmps", "mil")),
)  # fmt: skip
lying = st.builds(
    Lying, place=st.sampled_from(Place), is_held=st.booleans(), route=st.sampled_from(Route),
    cases=st.lists(standing_cases, max_size=4).map(tuple),
)  # fmt: skip
targets = st.one_of(st.none(), st.sampled_from([place for place in Place if place is not Place.STAY]))


def one(category: Category = Category.URGENT, state: str = "open", *, place: Place | None = None, **more: str) -> Lying:
    case = CaseStanding(reference="MC26-000001-A", category=category, state=state, **more)
    return Lying(place=place or Place(category), is_held=False, route="enquiry", cases=(case,))


@pytest.mark.parametrize(("mail", "target", "act"), [
    (one(), Place.WAITING, Act.PAUSE),
    (one(state="closed", place=Place.CLOSED), Place.WAITING, Act.PAUSE),
    (one(), Place.CLOSED, Act.CLOSE),
    (one(state="waiting", place=Place.WAITING), Place.CLOSED, Act.CLOSE),
    (one(state="waiting", place=Place.WAITING), Place.URGENT, Act.RESUME),
    (one(state="waiting", place=Place.WAITING), Place.CRITICAL, Act.RELABEL),
    (one(state="waiting", place=Place.WAITING), None, Act.RESUME),
    (one(state="closed", place=Place.CLOSED), None, Act.RESUME),
    (one(state="closed", place=Place.CLOSED), Place.URGENT, Act.RESUME),
    (one(state="closed", place=Place.CLOSED), Place.CRITICAL, Act.RELABEL),
    (one(), Place.NOT_MET, Act.RELABEL),
    (one(), Place.REVIEW, Act.RELABEL),
    (one(), Place.RELEASE, Act.UNDO),
    (one(), Place.PASSPORT, Act.UNDO),
    (one(), Place.HELD, Act.UNDO),
    (one(), Place.QUARANTINE, Act.LEAVE),
    (one(state="answered"), Place.PASSPORT, Act.LEAVE),
    (one(queue="mil", place=Place.MINISTER), Place.MINISTER, Act.RESUME),
    (Lying(place=Place.HELD, is_held=True, route="submission"), Place.RELEASE, Act.RELEASE),
    (Lying(place=Place.HELD, is_held=True, route="submission"), Place.CLOSED, Act.UNDO),
    (Lying(place=Place.FILED, is_held=False, route="submission"), Place.URGENT, Act.UNDO),
    (Lying(place=Place.FILED, is_held=False, route="submission"), Place.WAITING, Act.UNDO),
    (Lying(place=Place.FILED, is_held=False, route="submission"), Place.CLOSED, Act.LEAVE),
    (Lying(place=Place.AUTOMATIC, is_held=False, route="automatic"), Place.OUTSIDERS, Act.LEAVE),
    (Lying(place=Place.STAY, is_held=False, route="answer"), Place.CLOSED, Act.LEAVE),
])  # fmt: skip
def test_each_row_of_the_table(mail: Lying, target: Place | None, act: Act) -> None:
    assert meaning_of(mail, target).act is act


@given(lying, targets)
def test_nothing_is_passed_over_in_silence(mail: Lying, target: Place | None) -> None:
    """What is neither an order nor undone for a mail in the inbox is told, but for mail that gives no orders."""
    meaning = meaning_of(mail, target)
    assert meaning.tell or meaning.act not in (Act.UNDO, Act.LEAVE) or meaning.why in (
        "no_order_by_this_mail", "belongs_elsewhere")  # fmt: skip
    assert (meaning.category is not None) == (meaning.act is Act.RELABEL)
    assert bool(meaning.why) == (meaning.act in (Act.UNDO, Act.LEAVE))


@given(lying, targets)
def test_what_is_held_is_never_let_go_but_by_release(mail: Lying, target: Place | None) -> None:
    meaning = meaning_of(mail, target)
    if meaning.act is Act.RELEASE:
        assert mail.is_held
        assert target is Place.RELEASE
    if mail.is_held and mail.place is Place.HELD and mail.route not in (Route.ANSWER, Route.BOUNCE):
        assert meaning.act in (Act.UNDO, Act.RELEASE)


@given(lying, targets)
def test_clocks_stop_by_the_two_folders_for_it_alone(mail: Lying, target: Place | None) -> None:
    act = meaning_of(mail, target).act
    assert (act is Act.PAUSE) <= (target is Place.WAITING)
    assert (act is Act.CLOSE) <= (target is Place.CLOSED)
    assert not mail.cases <= () or act not in (Act.PAUSE, Act.CLOSE, Act.RELABEL)


@pytest.mark.parametrize(("category", "other"), list(product(Category, Category)))
def test_of_several_cases_the_folder_of_the_most_pressing_one_means_all(category: Category, other: Category) -> None:
    cases = tuple(CaseStanding(reference=f"R{number}", category=each, state="waiting")
                  for number, each in enumerate((category, other)))  # fmt: skip
    mail = Lying(place=Place.WAITING, is_held=False, route="enquiry", cases=cases)
    first = min((category, other), key=PRESSING.index)
    for place, meant in CATEGORIES.items():
        assert meaning_of(mail, place).act is (Act.RESUME if meant is first else Act.UNDO)

"""In which ways two outcomes of one mail differ, and what stands on top of a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inboxd.plan import Category
from inboxd.replaying import KINDS, Outcome, Unread, document
from inboxd.replaying.comparing import compare

AT = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
C, U, X, R, N = Category.CRITICAL, Category.URGENT, Category.COMPLEX, Category.REVIEW, Category.NOT_MET


def outcome(
    *categories: Category, days: int = 2, template: str = "", words: str = "", route: str = "enquiry"
) -> Outcome:
    first = categories[0] if categories else None
    return Outcome(
        route=route, held="", categories=categories, reply_by=tuple(AT + timedelta(days=days) for _ in categories),
        action_by=(), templates=(template or f"ack_{first}",), values=({"criteria": words},),
        criteria=(("UR-01", "x"),), because="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ((U,), (U,), set()),
        ((U,), (C,), {"raised", "reply"}),
        ((C,), (X,), {"lowered", "reply"}),
        ((X,), (U,), {"raised", "reply"}),
        ((U,), (N,), {"lowered", "to_refusal", "reply"}),
        ((N,), (X,), {"raised", "from_refusal", "reply"}),
        ((R,), (N,), {"from_review", "to_refusal", "reply"}),
        ((N,), (R,), {"to_review", "from_refusal", "reply"}),
        ((C,), (R,), {"to_review", "reply"}),
        ((R,), (U,), {"from_review", "reply"}),
        ((U,), (U, X), {"cases", "deadline"}),
        ((U, X), (U, N), {"cases"}),
        ((), (N,), {"cases", "to_refusal", "deadline", "reply"}),
    ],
)
def test_kinds(old: tuple[Category, ...], new: tuple[Category, ...], kinds: set[str]) -> None:
    found = compare(1, AT, outcome(*old), outcome(*new))
    assert set(found.kinds) == kinds
    assert found.changes is bool(kinds)


def test_deadline_route_reply_and_words_are_told_apart() -> None:
    was = outcome(U)
    assert compare(1, AT, was, outcome(U, days=1)).kinds == ("deadline",)
    assert compare(1, AT, was, outcome(U, route="passport")).kinds == ("route",)
    assert compare(1, AT, was, outcome(U, template="raised")).kinds == ("reply",)
    only_words = compare(1, AT, was, outcome(U, words="one criterion more"))
    assert (only_words.kinds, only_words.changes) == (("wording",), False)


def test_what_can_do_most_harm_stands_on_top_and_everything_is_counted() -> None:
    pairs = [(U, C), (R, N), (U, U), (C, X), (U, R)]
    judged = [compare(place, AT, outcome(old), outcome(new)) for place, (old, new) in enumerate(pairs, start=1)]
    judged.append(compare(6, AT, outcome(U), outcome(U, words="another")))
    report = document(
        [*judged, Unread(mail_id=7, received=AT, why="gone")], since=AT, until=AT, old_version="a", new_version="b"
    )
    assert [row["mail"] for row in report["changes"]] == [2, 4, 1, 5]
    assert (report["mails"], report["read"], report["not_read"], report["changed"]) == (7, 6, 1, 4)
    assert report["only_words"] == [6]
    assert set(report["kinds"]) == set(KINDS)
    assert (report["kinds"]["to_refusal"], report["kinds"]["lowered"], report["kinds"]["wording"]) == (1, 1, 1)
    assert [row["why"] for row in report["unread"]] == ["gone"]

"""The figures of `inboxd evaluate`, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd.evaluating import Figures, Label, Prediction, report, score
from inboxd.evaluating.label_lines import read_labels
from inboxd.evaluating.scheme import CATEGORIES, OUTCOMES, REASONS, REVIEW, ROUTES, UNREADABLE


def scored(*pairs: tuple[dict[str, Any], dict[str, Any]]) -> Figures:
    """Labels and predictions as what they say; the ids are m1, m2 …"""
    return score([
        (Label(id=f"m{at}", file=f"m{at}.eml", **label),
         Prediction(**{"id": f"m{at}", "route": "enquiry", "explanation": "rule r: because", **got}))
        for at, (label, got) in enumerate(pairs, start=1)
    ])


def missed(figures: Figures) -> list[tuple[str, str]]:
    return [(miss.id, miss.field) for miss in figures.misses]


def test_routes_are_shares_and_a_confusion() -> None:
    figures = scored(
        ({"route": "submission"}, {"route": "submission"}), ({"route": "submission"}, {"route": "mixed"}),
        ({"route": "enquiry"}, {"route": "enquiry"}), ({"route": "outsider"}, {"route": "unreadable"}),
        ({}, {"route": "passport"}),
    )
    assert figures.route_accuracy == 0.5
    assert figures.confusion == {
        "enquiry": {"enquiry": 1}, "outsider": {"unreadable": 1}, "submission": {"mixed": 1, "submission": 1},
    }
    assert missed(figures) == [("m2", "route"), ("m4", "route")]
    assert figures.messages == 5


def test_categories_with_review() -> None:
    """Labelled 3 critical, 2 urgent, 2 not_met; critical found twice, once for an urgent; one urgent is reviewed.

    critical: 2 right, 3 labelled, 3 predicted; urgent: 0 right, 2 labelled, 1 predicted; not_met: 1 right, 2 labelled,
    1 predicted. One not_met has no category at all.
    """
    figures = scored(
        ({"category": "critical"}, {"category": "critical"}), ({"category": "critical"}, {"category": "critical"}),
        ({"category": "critical"}, {"category": "urgent"}),
        ({"category": "urgent"}, {"category": "critical"}), ({"category": "urgent"}, {"category": "review"}),
        ({"category": "not_met"}, {"category": "not_met"}), ({"category": "not_met"}, {"category": None}),
    )
    assert figures.category_accuracy == pytest.approx(3 / 7)
    critical, urgent, complex_, not_met = figures.per_class.values()
    assert (critical.precision, critical.recall, critical.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (urgent.precision, urgent.recall, urgent.f1) == (0, 0, 0)
    assert (complex_.precision, complex_.recall, complex_.f1) == (None, None, None)
    assert (not_met.precision, not_met.recall, not_met.f1) == pytest.approx((1, 1 / 2, 2 / 3))
    assert figures.macro_f1 == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert figures.review == pytest.approx(1 / 7)
    assert figures.decided_accuracy == pytest.approx(3 / 6)
    assert figures.decided_macro_f1 == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert figures.critical_missed == ("m3",)


@pytest.mark.parametrize(("got", "is_missed"), [
    ("critical", False), ("review", False), ("urgent", True), ("complex", True), ("not_met", True), (None, True),
])
def test_a_critical_mail_is_missed_unless_it_is_critical_or_with_a_person(got: str | None, is_missed: bool) -> None:
    assert bool(scored(({"category": "critical"}, {"category": got})).critical_missed) is is_missed


def test_macro_f1_leaves_out_a_class_that_no_label_names() -> None:
    label = {"category": "complex"}
    figures = scored((label, {"category": "complex"}), (label, {"category": "urgent"}))
    assert figures.per_class["urgent"].precision == 0
    assert figures.macro_f1 == pytest.approx(2 / 3)


def test_each_reader_alone_and_both_together() -> None:
    figures = scored(*[
        ({"category": expected}, {"category": both, "by_criteria": criteria, "by_second_reader": learned})
        for expected, both, criteria, learned in (
            ("critical", "critical", "critical", "critical"), ("critical", "review", "review", "not_met"),
            ("urgent", "urgent", "review", "urgent"), ("complex", "review", "not_met", "complex"),
            ("not_met", "not_met", "not_met", "not_met"),
        )
    ], ({"category": "urgent"}, {"category": "review"}))
    criteria, learned, both = (figures.readers[name] for name in ("criteria", "second_reader", "both"))
    assert [reader.mails for reader in figures.readers.values()] == [5, 5, 5], "only what both have read"
    assert (criteria.review, learned.review, both.review) == pytest.approx((2 / 5, 0, 2 / 5))
    assert (criteria.accuracy, learned.accuracy, both.accuracy) == pytest.approx((2 / 5, 4 / 5, 3 / 5))
    decided = (criteria.decided_accuracy, learned.decided_accuracy, both.decided_accuracy)
    assert decided == pytest.approx((2 / 3, 0.8, 1))
    assert (criteria.critical_missed, learned.critical_missed, both.critical_missed) == ((), ("m2",), ())
    assert (criteria.refused_wrongly, learned.refused_wrongly, both.refused_wrongly) == (("m4",), ("m2",), ())
    assert [row["reader"] for row in report.reader_rows(figures)] == [
        "the criteria alone", "the second reader alone", "both together"
    ]


def test_submissions() -> None:
    figures = scored(
        ({"route": "submission", "outcome": "accept", "reasons": ()}, {"route": "submission", "outcome": "accept"}),
        ({"outcome": "partial", "reasons": ("ARCHIVE", "ENCRYPTED")},
         {"outcome": "partial", "reasons": ("ENCRYPTED", "ARCHIVE")}),
        ({"outcome": "fail", "reasons": ("ARCHIVE",)}, {"outcome": "hold", "reasons": ("ARCHIVE",)}),
        ({"outcome": "fail", "reasons": ("ARCHIVE",)}, {"outcome": "fail", "reasons": ("ENCRYPTED", "ARCHIVE")}),
        ({"outcome": "fail"}, {"outcome": "fail", "reasons": ("ENCRYPTED",)}),
        ({"outcome": "fail", "reasons": ("NO_ATTACHMENT",)}, {}),
    )
    assert figures.outcome_accuracy == pytest.approx(4 / 6)
    assert figures.reason_accuracy == pytest.approx(3 / 5)
    assert missed(figures) == [("m3", "outcome"), ("m4", "reasons"), ("m6", "outcome"), ("m6", "reasons")]


@pytest.mark.parametrize(("label", "got", "right"), [
    ("fail", "hold", True), ("hold", "fail", True), ("fail", "fail", True), ("fail", "accept", False),
    ("fail", None, False), ("accept", "fail", False),
])
def test_an_unknown_number_may_fail_or_be_held(label: str, got: str | None, right: bool) -> None:
    unknown = ("NUMBER_UNKNOWN",)
    figures = scored(({"outcome": label, "reasons": unknown}, {"outcome": got, "reasons": unknown}))
    assert figures.outcome_accuracy == float(right)


@pytest.mark.parametrize(("label", "got", "wrong"), [
    ({"outcome": "fail"}, "accept", True), ({"outcome": "fail"}, "partial", True),
    ({"outcome": "hold"}, "accept", True),
    ({"outcome": "hold"}, "partial", True), ({"outcome": "partial"}, "accept", True),
    ({"outcome": "partial"}, "partial", False), ({"outcome": "accept"}, "partial", False),
    ({"outcome": "accept"}, "accept", False), ({"outcome": "fail"}, "hold", False), ({"outcome": "fail"}, None, False),
    ({"route": "enquiry"}, "accept", True), ({"route": "submission"}, "accept", False), ({}, "accept", False),
])
def test_documents_wrongly_accepted(label: dict[str, str], got: str | None, wrong: bool) -> None:
    assert scored((label, {"outcome": got})).wrongly_accepted == (("m1",) if wrong else ())


@pytest.mark.parametrize(("label", "own", "right"), [
    ((), ("NUMBER_LEGACY",), True), (("NUMBER_LEGACY",), ("NUMBER_LEGACY",), True),
    (("NUMBER_LEGACY",), (), False), (("IDENTITY_MISMATCH",), ("NUMBER_LEGACY",), False),
])
def test_codes_that_the_scheme_lacks_count_only_where_a_label_names_one(
    label: tuple[str, ...], own: tuple[str, ...], right: bool
) -> None:
    figures = scored(({"outcome": "hold", "reasons": label}, {"outcome": "hold", "own_reasons": own}))
    assert figures.reason_accuracy == float(right)


def test_a_duplicate_counts_and_is_explained() -> None:
    figures = scored(({"outcome": "accept", "reasons": ("DUPLICATE",)}, {"outcome": "accept"}))
    assert (figures.outcome_accuracy, figures.reason_accuracy) == (1, 0)
    assert figures.misses[0].why.startswith("a mail judged alone has no earlier one")


def test_numbers_language_and_cases() -> None:
    figures = scored(
        ({"numbers": ("E123456789", "F123456789"), "language": "fr", "cases": 2},
         {"numbers": ("F123456789", "E123456789"), "language": "fr", "cases": 1}),
        ({"numbers": ()}, {"numbers": ("E123456789",), "language": "en"}),
        ({"numbers": (), "language": "both", "cases": 1}, {"language": "en", "cases": 1}),
    )
    assert figures.numbers_exact == pytest.approx(2 / 3)
    assert figures.language_accuracy == pytest.approx(1 / 2)
    assert figures.cases_exact == pytest.approx(1 / 2)
    assert missed(figures) == [("m1", "cases"), ("m2", "numbers"), ("m3", "language")]


def test_nothing_to_count_is_null_and_never_nan() -> None:
    document = report.document(scored(({}, {})), seconds=0.0)
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == {
        "messages": 1, "seconds": 0.0, "route": {"accuracy": None, "confusion": {}},
        "category": {
            "accuracy": None, "macro_f1": None, "review": None, "critical_missed": [],
            "per_class": {name: {"precision": None, "recall": None, "f1": None}
                          for name in ("critical", "urgent", "complex", "not_met")},
        },
        "readers": {}, "submission": {"outcome_accuracy": None, "reason_accuracy": None, "wrongly_accepted": []},
        "numbers": {"exact": None}, "language": {"accuracy": None}, "cases": {"exact": None}, "misses": [],
    }


def test_a_miss_says_what_was_expected_and_why() -> None:
    figures = scored(({"route": "passport", "numbers": ("E123456789",)}, {"numbers": ()}))
    route, numbers = report.document(figures, seconds=1.0)["misses"]
    assert route == {"id": "m1", "field": "route", "expected": "passport", "got": "enquiry", "why": "rule r: because"}
    assert (numbers["expected"], numbers["got"]) == (["E123456789"], [])
    assert "new words" in numbers["why"]


KEYS = ("id", "file", "route", "category", "language", "numbers", "cases", "outcome", "reasons")
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4)


ROW = st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from((*ROUTES, *CATEGORIES)), max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=3), st.binary())
def test_any_label_lines_are_labels_or_problems(tmp_path: Path, rows: list[dict[str, Any]], junk: bytes) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b"\n".join(json.dumps(row).encode() for row in rows))
    lines = read_labels(path)
    assert len(lines.by_file) + len(lines.problems) >= len(rows)
    json.dumps([[label.id, label.file] for label in lines.by_file.values()], ensure_ascii=False).encode()
    path.write_bytes(junk.replace(b"\n", b" ").decode("latin-1").encode())
    assert len(read_labels(path).problems) <= 1


@pytest.mark.parametrize("line", ["1" * 5000, "[" * 100_000, '{"id": "\\ud800"}', '{"id": "a"} {}', "\x00", "NaN"])
def test_lines_that_are_no_labels(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    assert [problem.line for problem in read_labels(path).problems][:1] == [2]


SAID = {"route": st.sampled_from(ROUTES), "category": st.sampled_from(CATEGORIES), "outcome": st.sampled_from(OUTCOMES),
        "reasons": st.lists(st.sampled_from(sorted(REASONS)), max_size=3).map(tuple)}
LABEL = st.fixed_dictionaries({}, optional=SAID)
GOT = st.fixed_dictionaries({"route": st.sampled_from((*ROUTES, UNREADABLE))}, optional={
    "category": st.sampled_from((*CATEGORIES, REVIEW)), "outcome": SAID["outcome"], "reasons": SAID["reasons"],
})


@given(st.lists(st.tuples(LABEL, GOT), max_size=8))
def test_every_share_is_a_share_and_every_miss_is_counted(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    figures = scored(*pairs)
    document = json.loads(json.dumps(report.document(figures, 0.0), allow_nan=False))
    shares = [document["route"]["accuracy"], document["category"]["accuracy"], document["category"]["macro_f1"],
              document["submission"]["outcome_accuracy"], document["submission"]["reason_accuracy"]]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    routes = [label["route"] == got["route"] for label, got in pairs if "route" in label]
    assert document["route"]["accuracy"] == (round(sum(routes) / len(routes), 4) if routes else None)
    assert sum(miss.field == "route" for miss in figures.misses) == routes.count(False)
    assert sum(sum(row.values()) for row in figures.confusion.values()) == len(routes)

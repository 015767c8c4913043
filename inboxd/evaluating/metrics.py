"""The figures: labels and predictions in, shares out. Pure; None where there is nothing to count, never NaN.

Each figure counts the mails whose label says something about it:

- route accuracy: the predicted route is the labelled one. `confusion[labelled][predicted]` counts mails.
- category: over mails with a category label (enquiry, follow_up, mixed). Right is the same word. `review` is a
  prediction of its own that no label has: wrong in accuracy, lost recall for the labelled class, no cost to any
  precision. A mail that is given no category counts the same way. F1 of a class is 2·right / (labelled + predicted);
  precision is over these mails too. `macro_f1` is the plain mean of F1 over the classes that labels name. `review` is
  the share of `review`. `decided_*` leave the reviewed mails out.
- critical_missed: ids labelled critical that ended as anything but critical or review.
- submission outcome: over mails with an outcome label. An unknown number may fail or be held: both count as right.
- submission reasons: over those of them whose label lists reasons, an empty list too: the same set. Codes of ours that
  the scheme does not have are left out, unless the label names such a one.
- wrongly_accepted: ids where a document would be attached (accept, partial) that the label fails or holds; where
  everything would be attached and the label refuses some; and where the label's route is no submission at all.
- readers: the same category figures for the criteria alone, the second reader alone (it never leaves a mail to a
  person) and both together, over the mails that both readers read. None where no second reader was asked.
- numbers, language, cases: exactly the labelled ones; the order of numbers says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from inboxd.documents import Reason, SubmissionOutcome
from inboxd.evaluating.scheme import ATTACHING, CATEGORIES, REASONS, REVIEW, SUBMISSIONS, Label, Prediction
from inboxd.plan import Category

Value = str | int | tuple[str, ...] | None
Pair = tuple[Label, Prediction]
NONE = "none"
FIELDS = ("route", "category", "outcome", "reasons", "numbers", "language", "cases")
"""What a label can say, in the order in which misses are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerClass:
    """One category. None: nothing to divide by (never predicted, never labelled)."""

    precision: float | None
    recall: float | None
    f1: float | None
    labelled: int
    predicted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one reader, or both together, did on the categories."""

    mails: int
    accuracy: float | None
    macro_f1: float | None
    review: float | None
    decided_accuracy: float | None
    decided_macro_f1: float | None
    critical_missed: tuple[str, ...]
    refused_wrongly: tuple[str, ...]
    """Ids that it calls not_met and the label does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One label that the prediction does not meet."""

    id: str
    field: str
    """One of `FIELDS`."""
    expected: Value
    got: Value
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a folder's labels say about its predictions. Shares are from 0 to 1."""

    messages: int
    route_accuracy: float | None
    confusion: dict[str, dict[str, int]]
    category_accuracy: float | None
    macro_f1: float | None
    per_class: dict[str, PerClass]
    review: float | None
    critical_missed: tuple[str, ...]
    decided_accuracy: float | None
    decided_macro_f1: float | None
    outcome_accuracy: float | None
    reason_accuracy: float | None
    wrongly_accepted: tuple[str, ...]
    numbers_exact: float | None
    language_accuracy: float | None
    cases_exact: float | None
    readers: dict[str, Reader]
    """`criteria`, `second_reader`, `both`; empty where no second reader was asked."""
    counted: dict[str, int]
    """How many mails each figure rests on, by field."""
    misses: tuple[Miss, ...]


def score(pairs: Sequence[Pair], messages: int | None = None) -> Figures:
    """Score predictions against their labels. `messages`: how many mails there were, with or without a label."""
    checked = {field: [pair for pair in pairs if _says(field, pair[0])] for field in FIELDS}
    right = {field: sum(_met(field, *pair) for pair in found) for field, found in checked.items()}
    shares = {field: _share(right[field], len(found)) for field, found in checked.items()}
    categories = [(str(label.category), got.category or NONE) for label, got in checked["category"]]
    decided = [pair for pair in categories if pair[1] != REVIEW]
    return Figures(
        messages=len(pairs) if messages is None else messages,
        route_accuracy=shares["route"],
        confusion=_confusion((str(label.route), got.route) for label, got in checked["route"]),
        category_accuracy=shares["category"],
        macro_f1=_macro_f1(categories),
        per_class={name: _per_class(name, categories) for name in CATEGORIES},
        review=_share(len(categories) - len(decided), len(categories)),
        critical_missed=tuple(got.id for label, got in checked["category"] if _critical_missed(label, got)),
        decided_accuracy=_share(sum(expected == got for expected, got in decided), len(decided)),
        decided_macro_f1=_macro_f1(decided),
        outcome_accuracy=shares["outcome"],
        reason_accuracy=shares["reasons"],
        wrongly_accepted=tuple(got.id for label, got in pairs if _wrongly_accepted(label, got)),
        numbers_exact=shares["numbers"],
        language_accuracy=shares["language"],
        cases_exact=shares["cases"],
        readers=_readers(checked["category"]),
        counted={field: len(found) for field, found in checked.items()},
        misses=tuple(
            _miss(field, *pair)
            for pair in pairs
            for field in FIELDS
            if _says(field, pair[0]) and not _met(field, *pair)
        ),
    )


def _readers(pairs: Sequence[Pair]) -> dict[str, Reader]:
    read = [(label, got) for label, got in pairs if got.by_second_reader is not None]
    ways: dict[str, Callable[[Prediction], str | None]] = {
        "criteria": lambda got: got.by_criteria,
        "second_reader": lambda got: got.by_second_reader,
        "both": lambda got: got.category,
    }
    return {name: _reader([(label, way(got) or NONE) for label, got in read]) for name, way in ways.items() if read}


def _reader(said: Sequence[tuple[Label, str]]) -> Reader:
    categories = [(str(label.category), got) for label, got in said]
    decided = [pair for pair in categories if pair[1] != REVIEW]
    lower = (str(Category.CRITICAL), REVIEW)
    refused = str(Category.NOT_MET)
    return Reader(
        mails=len(said),
        accuracy=_share(sum(expected == got for expected, got in categories), len(categories)),
        macro_f1=_macro_f1(categories),
        review=_share(len(categories) - len(decided), len(categories)),
        decided_accuracy=_share(sum(expected == got for expected, got in decided), len(decided)),
        decided_macro_f1=_macro_f1(decided),
        critical_missed=tuple(label.id for label, got in said if label.category == lower[0] and got not in lower),
        refused_wrongly=tuple(label.id for label, got in said if got == refused != label.category),
    )


def _says(field: str, label: Label) -> bool:
    """Whether a label says something about a field; reasons count only beside an outcome."""
    return getattr(label, field) is not None and (field != "reasons" or label.outcome is not None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _met(field: str, label: Label, got: Prediction) -> bool:
    expected, found = _values(field, label, got)
    if field == "outcome" and Reason.NUMBER_UNKNOWN in (label.reasons or ()):
        either = (SubmissionOutcome.FAIL, SubmissionOutcome.HOLD)
        return expected == found or (expected in either and found in either)
    if isinstance(expected, tuple) and isinstance(found, tuple):
        return sorted(set(expected)) == sorted(set(found))
    return expected == found


def _values(field: str, label: Label, got: Prediction) -> tuple[Value, Value]:
    """The labelled and the predicted value of one field."""
    if field == "reasons":
        beyond = any(reason not in REASONS for reason in label.reasons or ())
        return label.reasons, (*got.reasons, *got.own_reasons) if beyond else got.reasons
    return getattr(label, field), getattr(got, field)


def _critical_missed(label: Label, got: Prediction) -> bool:
    return label.category == Category.CRITICAL and got.category not in (Category.CRITICAL, Category.REVIEW)


def _wrongly_accepted(label: Label, got: Prediction) -> bool:
    if got.outcome not in ATTACHING:
        return False
    if label.outcome is None:
        return label.route is not None and label.route not in SUBMISSIONS
    everything = got.outcome == SubmissionOutcome.ACCEPT and label.outcome == SubmissionOutcome.PARTIAL
    return label.outcome not in ATTACHING or everything


def _confusion(routes: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (expected, got), count in sorted(Counter(routes).items()):
        found.setdefault(expected, {})[got] = count
    return found


def _per_class(name: str, categories: Sequence[tuple[str, str]]) -> PerClass:
    right = sum(expected == got == name for expected, got in categories)
    labelled = sum(expected == name for expected, _ in categories)
    predicted = sum(got == name for _, got in categories)
    return PerClass(
        precision=_share(right, predicted),
        recall=_share(right, labelled),
        f1=_share(2 * right, labelled + predicted),
        labelled=labelled,
        predicted=predicted,
    )


def _macro_f1(categories: Sequence[tuple[str, str]]) -> float | None:
    classes = [found for name in CATEGORIES if (found := _per_class(name, categories)).labelled]
    return sum(found.f1 or 0.0 for found in classes) / len(classes) if classes else None


def _miss(field: str, label: Label, got: Prediction) -> Miss:
    expected, found = _values(field, label, got)
    why = got.explanation
    if field == "reasons" and Reason.DUPLICATE in (label.reasons or ()) and Reason.DUPLICATE not in got.reasons:
        why = f"a mail judged alone has no earlier one, so the same file again cannot be seen; {why}"
    elif field == "numbers":
        why = f"read in the subject, the new words and the forwarded text, else in what is quoted; {why}"
    return Miss(id=got.id, field=field, expected=expected, got=found, why=why)

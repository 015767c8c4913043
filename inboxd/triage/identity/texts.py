"""The text of a mail that counts for identity, and what stands in it: labels, dates, births, UCIs (`domain.md` 3).

Only the sender's own new words and a forwarded text. Pure; never raises on any text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inboxd.mail import Body, Email
from inboxd.triage.identity import birth_dates, labels, plain_names
from inboxd.triage.identity.birth_dates import Written
from inboxd.triage.identity.labelled import Kind, Labelled, Whose, clean, fold
from inboxd.triage.identity.laid_out import laid_out

_DIRECT = re.compile(
    r"[ \n:=().,|*-]*(?:(?:is|est|on|the|le|la|en|of|du|was|the|day)\b[ \n:=,]*)*(?:[a-z]+day,? |[a-z]+di )?"
    r"(?:[(\[][^()\[\]\n]{0,20}[)\]][ :=]*)?"
)
_LONGEST_GAP = 45
_BIRTH_BEHIND = re.compile(
    r" ?[(,\[-]? ?(?:d\.? ?o\.? ?b\.?|d\.? ?d\.? ?n\.?|date of birth|date de naissance)(?: ?[)\]]|[.;\n]|$)"
)
_DATA_BEHIND = re.compile(r"[ ,;/|]{1,3}(?:(?:uci|iuc|client id|id client)\b|\d{2}-\d{4}-\d{4}|\d{4}-\d{4}\b)")
_ON = re.compile(r"[ ,]*\b(?:on|le|en|of)(?: the)?(?: [a-z]+day,?| [a-z]+di)? *$")
_UCI_DIGITS = re.compile(r"(?<![\w.-])(?:\d{2}[ .-]?\d{4}[ .-]?\d{4}|\d{4}[ .-]?\d{4})(?![\w]|-\d)")
_UCI_HYPHENS = re.compile(r"(?<![\w.-])(?:\d{2}-\d{4}-\d{4}|\d{4}-\d{4})(?![\w]|-\d)")
_SIGNATURE = 4000
_SIGNATURE_MARK = re.compile(r"^-- ?$", re.MULTILINE)
"""RFC 3676 4.3."""
_YEARS = re.compile(r"(?:19|20)\d\d-(?:19|20)\d\d")
_GAP = re.compile(
    r"[ \n:#.,;=()/o\[|*-]*(?:(?:no|number|numero|is|est|le|la|per|selon|according|to|letters?|records?"
    r"|lettre|now|was|it|de|du|uci|iuc|reads?|being|shown|given|listed|here"
    r"|under|as|on|your"
    r"|our|file|that|porte|soit|suivant|the|following|with|you|chez|vous|dans|votre|systeme|system|this)[ \n:#.=]*)*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text of a mail that counts, with what was found in it."""

    clean: str
    folded: str
    labelled: tuple[Labelled, ...]
    dates: tuple[Written, ...]
    births: tuple[tuple[Written, Whose], ...]
    """Dates behind (or right before) a label of birth, with whom the label names."""
    ucis: tuple[tuple[int, str, Whose], ...]
    """Labelled UCIs: offset, digits without leading zeros, whom the label names."""
    unlabelled_ucis: frozenset[str]
    hyphened: tuple[tuple[int, str], ...]
    """Offset and digits of each number in the form of a UCI."""
    staff: str
    """The sender's name and the signature: whose name stands there is not the person of the papers."""


def text_of(email: Email) -> Text:
    """Read what counts for identity in a mail: its own new words and a forwarded text."""
    return text_in(email.body, email.sender.name if email.sender else "")


def text_in(body: Body, sender: str) -> Text:
    """The same of a body; `sender` is the name in From."""
    own = _SIGNATURE_MARK.split(body.new, maxsplit=1)[0]  # triage reads facts below it; they prove nothing
    return read_text(
        "\n\n".join(part for part in (own, body.forwarded) if part),
        staff=f"{sender}\n{body.signature[:_SIGNATURE]}",
    )


@functools.lru_cache(maxsize=32)  # a submission is judged before and after the look into its files
def read_text(text: str, *, staff: str = "") -> Text:
    """Read labels, dates and UCIs of a text."""
    shown = laid_out(clean(text))
    folded = fold(shown)
    labelled = labels.read(shown)
    dates = birth_dates.find(folded)
    births = tuple(_births(shown, folded, labelled, dates))
    hyphened = tuple(
        (match.start(), _digits(match[0])) for match in _UCI_HYPHENS.finditer(folded) if not _YEARS.fullmatch(match[0])
    )
    return Text(
        clean=shown,
        folded=folded,
        labelled=labelled,
        dates=dates,
        births=births,
        ucis=tuple(labelled_ucis(folded, labelled)),
        unlabelled_ucis=frozenset(digits for _, digits in hyphened),
        hyphened=hyphened,
        staff=staff,
    )


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written).lstrip("0")


def _births(
    shown: str, folded: str, labelled: Sequence[Labelled], dates: Sequence[Written]
) -> Iterator[tuple[Written, Whose]]:
    for each in labelled:
        if each.kind is not Kind.BIRTH:
            continue
        window = folded[each.label_end : max(each.end, each.start)]
        within = birth_dates.find(window, hint=each.hint, compact=True)
        for number, written in enumerate(within):
            gap = window[: written.start]
            direct = _DIRECT.fullmatch(gap) is not None
            strict = re.fullmatch(r"ne", folded[each.label_start : each.label_end].strip(" :")) is not None
            loose = not strict and len(gap) <= _LONGEST_GAP and not re.search(r"\d", gap)
            loose = loose and not birth_dates.says_another_day(_ON.sub("", gap))
            again = number > 0 and within[0].start <= _LONGEST_GAP and _correction(gap[within[number - 1].end :])
            if direct or loose or (again and not written.another_day):
                start = each.label_end + written.start
                yield (
                    Written(
                        start=start,
                        end=each.label_end + written.end,
                        readings=written.readings,
                        another_day=False,
                        short=written.short,
                    ),
                    each.whose,
                )
    for written in dates:
        bracketed = folded[max(0, written.start - 1) : written.start] == "(" and not written.another_day
        if _BIRTH_BEHIND.match(folded, written.end) or (
            bracketed and _DATA_BEHIND.match(folded, written.end) and plain_names.ends_at(shown, folded, written.start)
        ):
            yield written, Whose.UNSAID


def _correction(gap: str) -> bool:
    """`recorded as 1984-03-06, correct is 1984-06-30`: both dates are said to be the birth."""
    return (
        re.search(
            r"\b(?:correct\w*|should|instead|not|real|true|truly|actual(?:ly)?|rather|but|however|whereas"
            r"|in (?:fact|reality)"
            r"|plutot|au lieu|vraie?|devrait|et non|or|ou|mais|en (?:realite|fait|verite)|reellement|alors que"
            r"|toutefois)\b",
            gap,
        )
        is not None
    )


def labelled_ucis(folded: str, labelled: Sequence[Labelled]) -> Iterator[tuple[int, str, Whose]]:
    for each in labelled:
        if each.kind is not Kind.UCI:
            continue
        end = max(each.end, each.start)
        place = each.label_end
        while number := _UCI_DIGITS.search(folded, place, end):
            if not _GAP.fullmatch(folded, place, number.start()) and place == each.label_end:
                break
            yield number.start(), _digits(number[0]), each.whose
            place = number.end()

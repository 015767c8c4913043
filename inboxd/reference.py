"""Our own case references, `MC26-000042-K`: how they are made, and how a mistyped one is told from a right one.

A reference is prefix, two-digit year, hyphen, mail id (padded to six digits, or to the next even number of digits, so
that a case letter misread as a digit breaks the shape), a letter for the second and later cases of one mail, hyphen,
check letter. The check letter is a weighted sum modulo 22 over the digits and the case letter.
The weights are powers of 7 modulo 22, so each has no factor in common with 22 (one wrong digit or letter always
changes the sum) and neighbours differ by twice a number that 11 does not divide (so does a swap of two neighbours).
The prefix is compared whole, and a letter where a digit belongs, or the reverse, breaks the shape.

Pure. Fails only with ValueError for arguments that no reference can hold.
"""

from __future__ import annotations

import re

CHECK_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O, U: they are read as 1, 0 or V."""

_MODULUS = len(CHECK_LETTERS)
_WEIGHT_BASE = 7
LAST_ORDINAL = _MODULUS - 1

_SHAPE = re.compile(rf"([A-Z]+)([0-9]{{2}})-((?:[0-9]{{2}}){{3,}})([{CHECK_LETTERS[1:]}]?)-([{CHECK_LETTERS}])")


def check_letter(year: str, number: str, case_letter: str) -> str:
    """The check letter for the digits and the case letter (empty for the first case) of a reference."""
    values = [int(digit) for digit in year + number]
    if case_letter:
        values.append(CHECK_LETTERS.index(case_letter))
    else:
        values.append(0)
    total = sum(value * pow(_WEIGHT_BASE, place, _MODULUS) for place, value in enumerate(reversed(values)))
    return CHECK_LETTERS[total % _MODULUS]


def make_reference(prefix: str, year: int, mail_id: int, ordinal: int) -> str:
    """The reference of case `ordinal` (counted from 0) of a mail, e.g. `MC26-000042-K`, `MC26-000042B-M`.

    Raises ValueError when the ordinal is above `LAST_ORDINAL` (22 cases in one mail) or an argument is negative.
    """
    if not (0 <= ordinal <= LAST_ORDINAL) or mail_id < 0 or year < 0 or not re.fullmatch("[A-Z]+", prefix):
        raise ValueError("no case reference can be made from these parts")
    short_year, number = f"{year % 100:02d}", f"{mail_id:06d}"
    number = number.zfill(len(number) + len(number) % 2)
    case_letter = CHECK_LETTERS[ordinal] if ordinal else ""
    return f"{prefix}{short_year}-{number}{case_letter}-{check_letter(short_year, number, case_letter)}"


def is_reference(text: str, prefix: str) -> bool:
    """Whether `text` is, character for character, a reference with this prefix and the right check letter."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape[1] != prefix:
        return False
    return check_letter(shape[2], shape[3], shape[4]) == shape[5]

"""Domains that look like one of ours and are none: `par1.example`, `parl-example.com`, `parl.example.co`.

Such a sender is no client (`domain.md` 10: the roster is authoritative), and on the roster such a domain is most likely
a slip that would let a stranger in. A look-alike is only ever told of; it decides nothing by itself. Pure; never fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from inboxd.mail import Address

_ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]]{1,64}@([^\s<>\"'(),;:\[\]@]{1,253})")
SHORTEST = 6
"""Domains with fewer letters are not compared letter by letter: too many honest ones are one letter apart."""
_MADE_OF = {"rn": "m", "vv": "w", "cl": "d", "nn": "m"}
_SAME_SHAPE = str.maketrans(
    "0135689|ıɩавеёзікмнорсѕтухһјԁԛԝѵαβεηικμνορτυχω",
    "olesbbgliiabee3ikmhopcstyxhjdqwvabenikuvoptuxw",
)
"""Digits, Cyrillic and Greek letters as the Latin letter that a reader takes them for (lower case)."""


def lookalike_of(domain: str, ours: Iterable[str]) -> str:
    """The domain of ours that `domain` imitates; empty if it is one of them, lies within one, or resembles none."""
    seen = _shown(domain)
    known = [name.lower().strip(".") for name in ours]
    if not seen or any(seen == name or seen.endswith(f".{name}") for name in known):
        return ""
    return next((name for name in known if name and _imitates(seen, name)), "")


def claimed_by(sender: Address | None, ours: Iterable[str]) -> str:
    """The domain of ours of which an address stands in a display name, as in `"mp@parl.example" <x@evil.example>`.

    Also one that only looks like one of ours; empty if there is none, or if the sender writes from that domain.
    """
    known = [domain.lower().strip(".") for domain in ours]
    if sender is None or sender.domain in known:
        return ""
    seen = (sign for sign in unicodedata.normalize("NFKC", sender.name[:1000]) if unicodedata.category(sign) != "Cf")
    text = "".join(seen)
    for written in _ADDRESS.findall(text):
        shown = _shown(written)
        if any(shown == domain or shown.endswith(f".{domain}") for domain in known if domain):
            return next(domain for domain in known if domain and (shown == domain or shown.endswith(f".{domain}")))
        if imitated := lookalike_of(written, known):
            return imitated
    return ""


def _shown(domain: str) -> str:
    """As a mail client shows it: international labels (RFC 3492) decoded, lower case."""
    labels = []
    for label in domain.lower().strip(". ").split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels).lower()


def _imitates(seen: str, name: str) -> bool:
    like, own = _skeleton(seen), _skeleton(name)
    joined, own_joined = _joined(like), _joined(own)
    if joined == own_joined or f".{own}." in f".{like}.":
        return True  # drawn with other letters or separators; or ours as the beginning of another
    if len(own_joined) >= SHORTEST and (own_joined in joined or _one_apart(like, own)):
        return True
    host, _, _ = own.rpartition(".")
    other, _, _ = like.rpartition(".")
    return bool(host) and other == host  # another ending: .co, .org


def _skeleton(domain: str) -> str:
    """The domain by its shape: two that a hurried reader takes for the same give the same."""
    plain = unicodedata.normalize("NFKD", domain.translate(_SAME_SHAPE))
    text = "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_SAME_SHAPE)
    for pair, letter in _MADE_OF.items():
        text = text.replace(pair, letter)
    return text.replace("i", "l")


def _joined(domain: str) -> str:
    return "".join(letter for letter in domain if letter.isalnum())


def _one_apart(left: str, right: str) -> bool:
    """One letter more, less, other, or two neighbours swapped (Damerau-Levenshtein distance of one)."""
    if abs(len(left) - len(right)) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if at is None:
        return True
    rest, other = left[at:], right[at:]
    swapped = len(rest) > 1 and len(other) > 1 and rest[0] == other[1] and rest[1] == other[0] and rest[2:] == other[2:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:] or swapped

"""The door to argon2: a password to its digest, and whether one is the other. Alone imports the library.

The parameters are the library's own (RFC 9106, low memory: 64 MiB, three passes), and an older digest is made anew at
the next sign-in.
"""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 12
"""Characters of a password; long beats odd."""
MOST = 256
_HASHER = PasswordHasher()


def digest_of(password: str) -> str:
    """What is stored of a password."""
    return _HASHER.hash(password)


def fits(digest: str, password: str) -> bool:
    """Whether this is the password. Takes as long for a wrong one."""
    try:
        return _HASHER.verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False


def is_old(digest: str) -> bool:
    """Whether the digest was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(digest)


@functools.cache
def nobodys() -> str:
    """A digest that no password has, tried where there is no such account: the answer comes no sooner."""
    return _HASHER.hash("\N{REPLACEMENT CHARACTER} nobody")

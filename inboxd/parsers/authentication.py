"""Whether our own gateway verified the sender: Authentication-Results (RFC 8601) of the configured authserv-ids.

The gateway must remove forged fields that carry its own id (RFC 8601 section 5). In case it does not, the topmost
one decides, and those below it, down to the next Received, can only make the verdict worse. Never fails: a field
that cannot be read gives NONE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import authres

from inboxd.mail import Address, Authentication, AuthResult
from inboxd.parsers.message import Message

_LONGEST = 8 * 1024
_METHODS = ("spf", "dkim", "dmarc")
_WITHOUT_VERDICT = ("none", "temperror", "permerror", "bestguesspass", "unknown")
_SERVER = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;\"(]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One method's result with the domains it speaks for."""

    method: str
    result: str
    domains: tuple[str, ...]


def _domain(value: str) -> str:
    return value.strip().strip('<>"').rpartition("@")[2].rstrip(".").lower()


def _findings(text: str) -> tuple[_Finding, ...] | None:
    """The results in one field; None if it breaks the grammar."""
    try:
        header = authres.AuthenticationResultsHeader.parse_value(text.rstrip("; \t"))
    except Exception:  # authres raises its own errors, and RecursionError on nested comments
        return None
    found = []
    for result in header.results:
        method = getattr(result, "method", "")
        if method not in _METHODS:
            continue
        wanted = {
            "spf": (("smtp", "mailfrom"), ("smtp", "mail")),
            "dkim": (("header", "d"), ("header", "i")),
            "dmarc": (("header", "from"),),
        }[method]
        values = {(item.type, item.name): _domain(item.value or "") for item in result.properties}
        # header.d is what DMARC aligns; header.i stands in where a gateway writes only that.
        named = next((values[key] for key in wanted if values.get(key)), "")
        found.append(_Finding(method=method, result=result.result, domains=(named,) if named else ()))
    return tuple(found)


def _aligned(domain: str, sender: str) -> bool:
    """Relaxed alignment: the same domain or one below the other; a top-level domain aligns with nothing."""
    if not domain or not sender or "." not in domain or "." not in sender:
        return False
    return domain == sender or domain.endswith("." + sender) or sender.endswith("." + domain)


def _judge(findings: Sequence[_Finding], sender: str) -> AuthResult:
    for finding in findings:
        if finding.method != "dmarc":
            continue
        if finding.result == "pass":
            # Another From domain than ours means that gateway and we read the field differently.
            other = bool(finding.domains) and sender not in finding.domains
            return AuthResult.FAIL if other else AuthResult.PASS
        if finding.result not in _WITHOUT_VERDICT:
            return AuthResult.FAIL
    told = [finding for finding in findings if finding.method != "dmarc"]
    if any(finding.result == "pass" and any(_aligned(name, sender) for name in finding.domains) for finding in told):
        return AuthResult.PASS
    return AuthResult.FAIL if told else AuthResult.NONE


def _trusted(message: Message, authserv_ids: Sequence[str]) -> Iterator[str]:
    """Fields with a trusted id from the topmost one down to the next Received."""
    trusted = {name.lower() for name in authserv_ids}
    begun = False
    for name, text in message.fields:
        if name == "received" and begun:
            return
        if name != "authentication-results":
            continue
        server = _SERVER.match(text)
        if server is not None and server.group(1).lower() in trusted:
            begun = True
            yield text


def _detail(findings: Sequence[_Finding]) -> str:
    order = {method: place for place, method in enumerate(_METHODS)}
    return " ".join(
        f"{finding.method}={finding.result[:20]}" for finding in sorted(findings, key=lambda item: order[item.method])
    )


def judge(message: Message, sender: Address | None, authserv_ids: Sequence[str]) -> Authentication:
    """The verdict on `sender` of our own gateway; NONE if it said nothing that can be read."""
    top: tuple[_Finding, ...] = ()
    for text in _trusted(message, authserv_ids):
        findings = _findings(text) if len(text) <= _LONGEST else None
        if findings is None and not top:
            return Authentication(result=AuthResult.NONE, detail="unreadable")
        if not findings:
            continue
        if not top:
            top = findings
        elif any(item.method == "dmarc" and item.result == "fail" for item in findings):
            return Authentication(result=AuthResult.FAIL, detail=f"{_detail(top)}; below it {_detail(findings)}")
    if not top:
        return Authentication(result=AuthResult.NONE, detail="no trusted field")
    if sender is None:
        return Authentication(result=AuthResult.FAIL, detail=f"{_detail(top)}; no single From")
    return Authentication(result=_judge(top, sender.domain), detail=_detail(top))

"""Whether our own gateway verified the sender: Authentication-Results (RFC 8601) of the configured authserv-ids.

The gateway must remove forged fields that carry its own id (RFC 8601 section 5). In case it does not, the topmost
one decides, and those below it, down to the next Received, can only make the verdict worse; what stands below the
Received of the server before our gateway never counts. Exchange Online writes no id: `exchange_online` says when its
field counts. What a method proves is true of the sender only where the two domains have one owner (`alignment`).
Never fails: a field that cannot be read gives NONE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import authres

from inboxd.alignment import Groups, aligned
from inboxd.mail import Address, Authentication, AuthResult
from inboxd.parsers import exchange_online
from inboxd.parsers.message import Message
from inboxd.settings import Gateway, OfficeSettings, SenderSettings

_LONGEST = 8 * 1024
_KNOWN = 1000
"""Fields that need not be read again: a gateway writes the same one above each mail of a sender."""
_METHODS = ("spf", "dkim", "dmarc")
_WITHOUT_VERDICT = ("none", "temperror", "permerror", "bestguesspass", "unknown")
_BY = re.compile(r"\bby\s+([^\s;()]{1,255})", re.IGNORECASE)
_SERVER = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;\"(]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One method's result with the domains it speaks for."""

    method: str
    result: str
    domains: tuple[str, ...]


def _domain(value: str) -> str:
    return value.strip().strip('<>"').rpartition("@")[2].rstrip(".").lower()


@lru_cache(maxsize=_KNOWN)
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


def _judge(findings: Sequence[_Finding], sender: str, groups: Groups) -> AuthResult:
    if any(finding.method == "compauth" and finding.result == "fail" for finding in findings):
        return AuthResult.FAIL
    for finding in findings:
        if finding.method != "dmarc":
            continue
        if finding.result == "pass":
            # Another From domain than ours means that gateway and we read the field differently.
            other = bool(finding.domains) and sender not in finding.domains
            return AuthResult.FAIL if other else AuthResult.PASS
        if finding.result not in _WITHOUT_VERDICT:
            return AuthResult.FAIL
    told = [finding for finding in findings if finding.method in ("spf", "dkim")]
    if any(
        finding.result == "pass" and any(aligned(name, sender, groups) for name in finding.domains) for finding in told
    ):
        return AuthResult.PASS
    return AuthResult.FAIL if told else AuthResult.NONE


def _trusted(message: Message, authserv_ids: Sequence[str]) -> Iterator[str]:
    """Fields with a trusted id from the topmost one down to the next Received.

    A gateway writes above its own Received or right below it: below the one after that nothing is the gateway's.
    """
    trusted = {name.lower() for name in authserv_ids}
    begun = passed = False
    for name, text in message.fields:
        if name == "received":
            if begun or passed:
                return
            by = _BY.search(text)
            passed = by is not None and by.group(1).lower() in trusted
            continue
        if name != "authentication-results":
            continue
        server = _SERVER.match(text)
        if server is not None and server.group(1).lower() in trusted:
            begun = True
            yield text


def _detail(findings: Sequence[_Finding]) -> str:
    order = {method: place for place, method in enumerate((*_METHODS, "compauth"))}
    return " ".join(
        f"{finding.method}={finding.result[:20]}" for finding in sorted(findings, key=lambda item: order[item.method])
    )


def judge(
    message: Message, sender: Address | None, senders: SenderSettings, office: OfficeSettings | None = None
) -> Authentication:
    """The verdict on `sender` of our own gateway; NONE if it said nothing that can be read.

    `office` is needed where Exchange Online says that somebody of our own organisation handed the mail in.
    """
    if senders.gateway is Gateway.EXCHANGE_ONLINE:
        return _by_exchange_online(message, sender, senders, office)
    top: tuple[_Finding, ...] = ()
    for text in _trusted(message, senders.authserv_ids):
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
    return _verdict(top, sender, senders)


def _verdict(findings: tuple[_Finding, ...], sender: Address | None, senders: SenderSettings) -> Authentication:
    if sender is None:
        return Authentication(result=AuthResult.FAIL, detail=f"{_detail(findings)}; no single From")
    result = _judge(findings, sender.domain, senders.one_organisation)
    return Authentication(result=result, detail=_detail(findings))


def _by_exchange_online(
    message: Message, sender: Address | None, senders: SenderSettings, office: OfficeSettings | None
) -> Authentication:
    said = exchange_online.said(message.fields)
    if said is None:
        return Authentication(result=AuthResult.NONE, detail="no field that is surely Exchange Online's")
    if said.insider:
        own = {office.address.rpartition("@")[2].lower()} if office else set()
        ours = sender is not None and (sender.domain in own or sender.domain in senders.officer_domains)
        # a relay inside may write any From: only that of our own people is believed
        result = AuthResult.PASS if ours else AuthResult.NONE
        return Authentication(result=result, detail="handed in by somebody inside our own organisation")
    findings = tuple(_Finding(method=method, result=result, domains=names) for method, result, names in said.results)
    return _verdict(findings, sender, senders)

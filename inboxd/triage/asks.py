"""What an enquiry leaves out that an officer will need: availabilities, a number, consent.

Asking never stops a clock or a triage (`domain.md` C10, C16). A wrong guess costs one needless sentence.
"""

from __future__ import annotations

import re

from inboxd.mail import Email

_CONSENT = re.compile(
    r"\b(consent|authori[sz]ation|authori[sz]ed us|IMM\s?5475|consentement|autorisation|autoris[ée])",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"\b(availab|reach (me|us)|call (me|us|back|before|after|at|any)"
    r"|any ?time (today|tomorrow|before|after|between|this)"
    r"|disponib|(?:me|nous) (?:joindre|rappeler|appeler)|(?:rap)?appelez[- ](?:moi|nous)|me rappeler|l.appel peut)"
    r"|\b(between|entre)\s+\d{1,2}\s*(:|h|am|pm|a\.m|p\.m|and|et)",
    re.IGNORECASE,
)


def missing(email: Email) -> tuple[str, ...]:
    """Codes of what to ask for: availability, number, consent."""
    text = f"{email.body.new}\n{email.body.forwarded}"
    asks = []
    if not _AVAILABLE.search(text):
        asks.append("availability")
    if not email.numbers and not email.ucis:
        asks.append("number")
    if not _CONSENT.search(text):
        asks.append("consent")
    return tuple(asks)

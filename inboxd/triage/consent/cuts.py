"""Where a text is cut into sentences and clauses, what heads a list, and what makes a sentence a question.

Patterns only, on folded text (`consent.reading` uses them).
"""

from __future__ import annotations

import re

SENTENCE = re.compile(
    r"(?<=[.;!?])(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*>#]|\d{1,2}[.)]|[a-z][.)] |\[|[☐☑☒✓✔✗]"
    r"|[a-z][a-z' /-]{1,35} ?[:=]))|[{}|]"
)
ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|ste|no|nos|mme|mlle|hon|oct|nov|dec|jan|feb|mar|apr|jun|jul|aug|sept|sep|janv|fevr|avr"
    r"|juil|tel|ext|m|me|mp|p)|\b[a-z])\.$"
)
SHORTENED = re.compile(r"\b(?:consent|consentem|autoris|autor|author|auth)\.$")
"""`Consent. signé, reçu`: no end of a sentence, if what follows shows that it was given."""
CLAUSE = re.compile(
    r" and (?=(?:we|i|he|she|they|our office|(?:the |our )?(?:client|constituent|applicant)) (?:have|has|hold|holds"
    r"|signed|gave|also|already|consented)\b)| et (?=(?:nous (?:avons|detenons)|j'ai"
    r"|(?:elle|il|le client|la cliente) (?:a|nous a|m'a))\b)|, | - | but | mais | however | though | although |, yet "
    r"| toutefois | cependant | bien que | quoique |[()]"
)
MOST_CLAUSES = 30
HEADING = re.compile(
    r"\b(?:attached|enclosed|attachments?|enclosures?|documents?|included|pieces?|joints?|jointes?|annexes?|files?"
    r"|fichiers?)[^:]{0,30}:\s*$"
)
QUESTION = re.compile(
    r"\?|^\W*(?:do|does|did|is|are|what|which|why|how|who|should|can|could|may|would|est-ce|avez-vous|faut-il|quel\w*"
    r"|a-t-|(?:has|have|had) (?:he|she|they|you|the|her|his|your|our|any))\b"
)
ANSWERED_NO = re.compile(
    r"[:=] ?(?:no|non|n|none|pending|tb[dc]|n ?/ ?a|en attente|aucun\w*|not? .*|a venir|to .*|s\.? ?o\.?)[ .]*$"
)

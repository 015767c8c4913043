"""The text of a mail taken apart: the sender's own new words, quotes, signature, and a forwarded text as evidence.

Only the new words decide (`product.md`), so two mistakes count: a quoted alarm read as news, and news cut away as a
quote. The second is worse: wherever stripping would leave nothing, the text is kept. Pure; never raises on any text.
"""

from __future__ import annotations

import re

from inboxd.mail import Body
from inboxd.parsers.html_text import host_of, html_to_text
from inboxd.parsers.quotes import separate
from inboxd.parsers.signatures import cut_signature
from inboxd.pointing import points_below

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_SPACE = re.compile(r"[^\S\n]")
_LINK = re.compile(r"https?://[^\s<>\"'()\[\]{}|\\^`]+", re.IGNORECASE)

_FORWARDS = re.compile(r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|tr|trans|transf|wg)\s*:", re.IGNORECASE)
_MOST_CHARACTERS = 1_000_000
"""A longer text is no letter. What is beyond is in `full`, and counts as quoted, of which less is read (`reach`)."""
_STUB_WORDS = 12
"""`Your program cannot show HTML` is shorter than this; then the HTML is the mail."""
_MUCH_MORE = 4


def _tidy(text: str) -> str:
    """Line ends `\\n`, common spaces, nothing invisible, at most one empty line in a row."""
    text = _SPACE.sub(" ", _INVISIBLE.sub("", _LINE_END.sub("\n", text)))
    text = "\n".join(line.rstrip(" ") for line in text.split("\n"))  # a pattern would try each of a million spaces
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n").rstrip()


def is_forward(subject: str) -> bool:
    """Does the subject begin as mail programs begin it when they forward? Outlook draws no other mark."""
    return _FORWARDS.match(subject) is not None


def split(plain: str, html: str, *, forwards: bool = False) -> Body:
    """Take apart the text of a mail: its text/plain and its text/html as decoded text, either may be empty.

    `forwarded` is set where a mark or the subject (`forwards`) says that the text below was forwarded, or where a short
    note points below.
    `new` is empty only if the mail has no text, or if it is a forward without a word of its own (`forwarded` has it).
    """
    full = _tidy(plain)
    rendered = _tidy(html_to_text(html)) if html.strip() and (_links_in_html(html) or _is_stub(full)) else ""
    html_only = bool(rendered) and (not full or _is_outdone(full, rendered))
    if html_only:
        full = rendered
    new, quoted, signature, forwarded = _take_apart(full, forwards=forwards)
    links = _hosts(new)
    if rendered and not html_only and _links_in_html(html):
        links += [host for host in _hosts(_take_apart(rendered)[0]) if host not in links]
    return Body(full=full, new=new, quoted=quoted, signature=signature, forwarded=forwarded, html_only=html_only,
                links=tuple(links))


def _links_in_html(html: str) -> bool:
    return re.search(r"href\s*=\s*[\"']?\s*https?:", html, re.IGNORECASE) is not None


def _is_stub(full: str) -> bool:
    return len(full.split()) < _STUB_WORDS


def _is_outdone(full: str, rendered: str) -> bool:
    """A short plain part beside much more HTML: the plain part only says that there is more."""
    return _is_stub(full) and len(rendered.split()) > max(_STUB_WORDS, _MUCH_MORE * len(full.split()))


def _take_apart(full: str, *, forwards: bool = False) -> tuple[str, str, str, str]:
    """New, quoted, signature, forwarded."""
    head, beyond = full[:_MOST_CHARACTERS], full[_MOST_CHARACTERS:]
    parts = separate(head.split("\n"))
    own = "\n".join(parts.own).strip()
    below = "\n".join(parts.below).strip()
    new, signature = cut_signature(own, may_be_all=bool(below))
    quoted = "\n".join([*parts.quoted, beyond]).strip()
    if below and (not new or parts.is_forward or forwards or points_below(new)):
        return new, quoted, signature, _own_words(below)
    if not new and own:
        return own, quoted, "", ""
    if not new:
        return full, "", "", ""
    return new, quoted, signature, ""


def _own_words(below: str) -> str:
    """The forwarded writer's words, without that writer's own quotes and signature."""
    inner = separate(below.split("\n"))
    words, _ = cut_signature("\n".join(inner.own).strip())
    return words or "\n".join(inner.own).strip() or below


def _hosts(text: str) -> list[str]:
    hosts = (host_of(link.rstrip(".,;:!?")) for link in _LINK.findall(text))
    return list(dict.fromkeys(host for host in hosts if host))

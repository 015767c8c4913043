"""Links that stand for a file in a cloud (`domain.md` 2.4, LINK_NOT_FILE): known by their host, or by the words before.

Only links of the sender's own new text are looked at; one in a signature is none, nor is one to Parliament or the
Government of Canada. Nothing is fetched. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from inboxd.mail import Body
from inboxd.triage.identity.labelled import fold

_SAID_KNOWN = (
    "1drv.ms onedrive.com onedrive.live.com sharepoint.com sharepoint.us drive.google.com docs.google.com"
    " photos.google.com photos.app.goo.gl dropbox.com db.tt dropboxusercontent.com icloud.com wetransfer.com we.tl"
    " box.com box.net boxcloud.com mega.nz mega.io mega.co.nz pcloud.com pcloud.link sync.com mediafire.com"
    " sendspace.com hightail.com yousendit.com fromsmash.com swisstransfer.com kdrive.infomaniak.com transfernow.net"
    " filemail.com egnyte.com sharefile.com sharefile.eu citrixdata.com share.acrobat.com acrobat.adobe.com"
    " documentcloud.adobe.com adobeworkspace.com drive.proton.me terabox.com disk.yandex.com disk.yandex.ru yadi.sk"
    " jumpshare.com tresorit.com sendgb.com grosfichiers.com grosfichiers.ch dl.free.fr lesfichiers.fr 1fichier.com"
    " 4shared.com zippyshare.com gofile.io file.io workdrive.zoho.com workdrive.zohoexternal.com"
    " cozy.cloud nextcloud.com owncloud.online hubic.com sugarsync.com spideroak.com idrive.com opendrive.com"
    " titanfile.com docusend.biz kiteworks.com myairbridge.com sendanywhere.com send-anywhere.com dracoon.com"
)
_KNOWN = frozenset(_SAID_KNOWN.split())
"""Whole domains; a host of one of them, or below it, holds files."""
_NEVER = ("parl.ca", "parl.gc.ca", "gc.ca", "canada.ca", "ourcommons.ca", "noscommunes.ca", "sencanada.ca")
_SAID_LABELS = (
    "drive drives share shares partage partages transfer transfers transfert transferts cloud clouds nuage files"
    " file fichiers fichier box filebox download downloads telechargement depot"
)
_WHOLE_LABEL = frozenset(_SAID_LABELS.split())
_IN_LABEL = re.compile(
    r"onedrive|sharepoint|dropbox|wetransfer|googledrive|gdrive|icloud|nextcloud|owncloud|sharefile|fileshar|file-shar"
    r"|filetransfer|file-transfer|cloudbox|clouddrive|sendfile|cloudstor|myfiles|mydrive|transfertfichier"
)
_URL = re.compile(r"https?://[^\s<>\"'()\[\]{}|\\^`]+", re.IGNORECASE)
_WORDS = re.compile(
    r"\bdownload(?:able|ed)?\b|\b(?:document|file|paper|scan|record|photo|picture|form|letter|page|copy|copies"
    r"|attachment)s?"
    r"(?: [a-z'-]+){0,4} (?:is|are|can be found|can be viewed|available|here|at|in|on|via|through|under)\b"
    r"|\b(?:shared|sharing|share) (?:[a-z]+ )?(?:folder|link|file|drive|album|document)s?\b|\bfolder\b"
    r"|\blinks? (?:to|for|with) (?:the |her |his |their |all |our )?(?:[a-z]+ )?(?:document|file|paper|scan|record"
    r"|photo|form)s?\b"
    r"|\btoo (?:big|large|heavy|many)\b|\bclick (?:here|below|the link|on the link) to (?:view|open|see|access|get)\b"
    r"|\btelecharge[rz]?\b|\btelechargements?\b|\btelechargeables?\b|\bliens? de (?:partage|telechargement)\b"
    r"|\b(?:dossier|fichier|document|lien|album)s? partages?\b|\bpartag(?:e|ee|es|ees|er|eons)\b|\btrop (?:lourd"
    r"|gros|volumineu)"
    r"|\b(?:document|fichier|piece|photo|formulaire|lettre|numerisation|copie)s?(?: [a-z'-]+){0,5}"
    r" (?:est|sont|se trouvent?|disponibles?|accessibles?|ici|a l'adresse|sur|dans|via)\b"
    r"|\bcliquez (?:ici|sur)|\bvoici le lien\b|\bhere is the link\b|\bhere's the link\b"
)  # fmt: skip
_ABOUT_OUR_PAGES = re.compile(
    r"\b(?:news|article|story|website|web site|site web|nouvelles?|reportage|processing times?|delais de traitement"
    r"|guide"
    r"|instructions?|according to|selon|facebook|instagram|newsletter|infolettre)\b[^.\n]{0,60}$"
)
_BEFORE = 160


def hosts(body: Body, more: Sequence[str]) -> tuple[str, ...]:
    """Hosts of links that stand for a file in a cloud, lower case, in order, each once. `more`: configured hosts.

    A host counts if it is a known or configured domain (or below one), if its name says so, or if the words before the
    link do ("download here", "the scan is at", "lien de partage").
    """
    known = _KNOWN | {host.lower().lstrip("*.").rstrip(".") for host in more}
    found = [
        host
        for host, words in _links(body)
        if not _below(host, _NEVER) and (_below(host, known) or _named(host) or _announced(words))
    ]
    return tuple(dict.fromkeys(found))


def _links(body: Body) -> Iterator[tuple[str, str]]:
    """Each host with the folded words before the link; for a link hidden behind words, the words of the whole text."""
    shown: set[str] = set()
    folded = fold(body.new)
    for match in _URL.finditer(body.new):
        wrapping = _host(match[0])
        host = _unwrapped(match[0]) or wrapping
        shown.add(wrapping)
        if host:
            yield host, folded[max(0, match.start() - _BEFORE) : match.start()]
    for host in body.links:
        if host.lower() not in shown:
            yield host.lower(), folded[-4 * _BEFORE :]


def _host(url: str) -> str:
    try:
        return (urlsplit(url.rstrip(".,;:!?")).hostname or "").lower()
    except ValueError:
        return ""


def _unwrapped(url: str) -> str:
    """The host behind a link that a mail gateway rewrote (Safe Links, URL Defense); empty if it did not."""
    host = _host(url)
    try:
        if host.endswith("safelinks.protection.outlook.com"):
            return _host(parse_qs(urlsplit(url).query).get("url", [""])[0])
        if host.endswith("urldefense.com") and (inner := re.search(r"__(https?:.+?)__;", url)):
            return _host(unquote(inner[1]).replace(":/", "://", 1) if "://" not in inner[1] else inner[1])
    except ValueError:
        return ""
    return ""


def _below(host: str, domains: Sequence[str] | frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels)))


def _named(host: str) -> bool:
    """Whether the name of a host says that it keeps files; the last label (`.cloud`, `.download`) does not count."""
    return any(label in _WHOLE_LABEL or _IN_LABEL.search(label) for label in host.split(".")[:-1])


def _announced(words: str) -> bool:
    """Whether the words before a link announce a file behind it."""
    same_sentence = re.split(r"[.!?]\s|\n\s*\n", words)[-1]
    return _WORDS.search(same_sentence) is not None and _ABOUT_OUR_PAGES.search(same_sentence) is None

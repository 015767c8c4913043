"""`Templates`, a set of templates that passed every check, and `render`, which makes a mail from one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment

from inboxd.errors import BadConfig, Permanent, Problem
from inboxd.mail import Email, Language
from inboxd.plan import OutgoingMail, ReplyPlan, Said, Value
from inboxd.replies import catalogue
from inboxd.replies.checking import check, includes
from inboxd.replies.collection import ENDING, LANGUAGES, Collection, collect
from inboxd.replies.outgoing import Headers, message_id_for, threads_of, to_bytes
from inboxd.replies.sandbox import environment, failure_at
from inboxd.replies.text import PHRASE, Text, join_both, write
from inboxd.settings import DocumentSettings, OfficeSettings, ReplySettings
from inboxd.tried import AFRESH, Tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The templates in force: an unchanging copy of the files, as they were when they were loaded and checked."""

    zone: ZoneInfo
    collection: Collection
    environments: Mapping[Language, Environment]
    versions: Mapping[str, str]
    """Digest of each notice: of both languages, its parts and the words."""
    refused: tuple[Problem, ...] = ()
    """What is wrong with the files on disk, while these, the last good ones, serve in their place."""

    @classmethod
    def load(cls, settings: ReplySettings, office: OfficeSettings, zone: ZoneInfo,
             documents: DocumentSettings | None = None, *, tried: Tried = AFRESH) -> Templates:
        """Read and check all templates. Raises `BadConfig` with every problem: file, line, name.

        With `documents`, every notice may show the limits for files, not only the failure notice.
        """
        collection, problems = collect(settings.templates)
        return cls.of(collection, problems, settings, office, zone, documents, tried=tried)

    @classmethod
    def of(cls, collection: Collection, problems: Sequence[Problem], settings: ReplySettings, office: OfficeSettings,
           zone: ZoneInfo, documents: DocumentSettings | None = None, *, tried: Tried = AFRESH,
           only: frozenset[str] | None = None) -> Templates:
        """The same of files that were read. `only`: the notices to render, where all others are known to be sound."""
        made = {language: environment(language, collection.files[language], collection.words[language], zone,
                                      _shared(settings, office, language, documents))
                for language in LANGUAGES}
        shown = "\n".join(repr(value) for value in (settings, office, zone.key, documents))
        versions, whole = versions_of(collection), tried.key("templates", shown, collection.everything())
        marks = {name: tried.key("template", shown, name, versions[name]) for name in versions}
        wanted = frozenset(marks) if only is None else only
        untried = frozenset(name for name in wanted if not tried.has(marks[name]))
        found = [*problems]
        if found or untried or not tried.has(whole):
            found += check(collection, made, untried)
        if found:
            raise BadConfig(sorted(set(found)))
        tried.add(*(marks[name] for name in untried), *([whole] if only is None else []))
        return cls(zone=zone, collection=collection, environments=made, versions=versions)

    @property
    def set_version(self) -> str:
        """12 hex digits for all the files together."""
        return self.collection.version

    def names(self) -> tuple[str, ...]:
        """The names of all notices, in the order of the documentation."""
        return tuple(catalogue.NOTICES)

    def purpose_of(self, name: str) -> str:
        """Who gets the notice, and when, in a few words. KeyError if there is none of that name."""
        return catalogue.NOTICES[name].purpose

    def source_of(self, name: str, language: Language) -> Path:
        """The file in force for one notice and language: the office's own, or the packaged one."""
        return self.collection.files[language][name + ENDING].path

    def version_of(self, name: str) -> str:
        """12 hex digits that change with any file the notice is made from."""
        return self.versions[name]

    def sample_values(self, name: str) -> Mapping[str, Value]:
        """Invented, realistic values for one notice."""
        return catalogue.sample_values(name)

    def text(self, name: str, language: Language, values: Mapping[str, Value], *, french_first: bool = False) -> Text:
        """A notice as a person reads it; BOTH gives both in full. Raises `Permanent` if it cannot be rendered."""
        if language is Language.BOTH:
            order = (Language.FR, Language.EN) if french_first else (Language.EN, Language.FR)
            first, second = (self.text(name, one, values) for one in order)
            return join_both(first, second, french_first=french_first)
        if name not in catalogue.NOTICES:
            raise Permanent(f"there is no notice called {name}")
        text = self.attempt(name, language, values)
        if isinstance(text, Problem):
            raise Permanent(f"the notice {name} cannot be rendered: {text.file}:{text.line}: {text.message}")
        if not text.subject or PHRASE.search(text.subject):
            raise Permanent(f"the notice {name} has a subject that must not be sent")
        return text

    def attempt(self, name: str, language: Language, values: Mapping[str, Value]) -> Text | Problem:
        """A notice in one language, or why it cannot be made of these values."""
        try:
            return write(self.environments[language], language, name, values)
        except Exception as error:  # a template can raise anything; the mail in hand is held, the daemon goes on
            files = self.collection.files[language]
            place, line, sentence = failure_at(error, files, files[name + ENDING].path)
            return Problem(file=place, line=line, key="", message=sentence)


def versions_of(collection: Collection) -> Mapping[str, str]:
    """The digest of each notice."""
    return {name: collection.digest(_made_from(collection, name)) for name in catalogue.NOTICES}


def made_from(collection: Collection, name: str) -> frozenset[str]:
    """The places of all files that a notice is made from, in both languages, but for the words."""
    return frozenset(f"{language}/{file}" for language in LANGUAGES for file in includes(collection, language, name))


def _made_from(collection: Collection, name: str) -> frozenset[str]:
    return includes(collection, Language.EN, name) | includes(collection, Language.FR, name)


def _shared(settings: ReplySettings, office: OfficeSettings, language: Language,
            documents: DocumentSettings | None) -> Mapping[str, object]:
    """The values that every template may use."""
    limits: Mapping[str, object] = {"allowed_types": (), "max_file_mb": "", "max_total_mb": ""}
    if documents is not None:
        limits = {"allowed_types": documents.allowed_types, "max_file_mb": _megabytes(documents.max_file_bytes),
                  "max_total_mb": _megabytes(documents.max_total_bytes)}
    return {
        "office_name": office.name_fr if language is Language.FR else office.name_en, "office_address": office.address,
        "contact": settings.contact, "booking_url": settings.booking_url, "web_form_url": settings.web_form_url,
        "find_member_url": settings.find_member_url, "status_tracker_url": settings.status_tracker_url,
        "passport_url": settings.passport_url, **limits,
    }


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.2f}".rstrip("0").rstrip(".")


def render(templates: Templates, reply: ReplyPlan, email: Email | None, *, office: OfficeSettings, effect_key: str,
           now: datetime) -> OutgoingMail:
    """The mail for `reply`, in answer to `email` if there is one. Same input, same bytes.

    Raises `Permanent` if the template, its values or the recipient's address will not do.
    """
    text = templates.text(reply.template, reply.language, reply.values, french_first=reply.french_first)
    names = {Language.EN: office.name_en, Language.FR: office.name_fr}
    order = (Language.FR, Language.EN) if reply.french_first else (Language.EN, Language.FR)
    languages = order if reply.language is Language.BOTH else (reply.language,)
    message_id = message_id_for(effect_key, office.message_id_domain)
    raw = to_bytes(Headers(
        sender_name=" / ".join(dict.fromkeys(names[language] for language in languages)), sender=office.address,
        recipient=reply.to, subject=text.subject, message_id=message_id, date=now.astimezone(templates.zone),
        in_answer=catalogue.NOTICES[reply.template].in_answer, languages=", ".join(languages),
        threads=threads_of(email),
    ), text.body)
    return OutgoingMail(message_id=message_id, sender=office.address, recipient=reply.to, subject=text.subject,
                        template=reply.template, template_version=templates.version_of(reply.template), raw=raw,
                        said=Said(language=reply.language, french_first=reply.french_first, values=reply.values))

"""Templates: the texts of replies, English and French side by side; checked, tried on past mail, in use, and undone.

The rules are those of `inboxd templates`: a text that does not hold is refused with file and line, and the last good
one goes on serving.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inboxd import template_life
from inboxd.console.asking import Answer, Asked, GoTo, NotThere, Page
from inboxd.console.desk import Desk
from inboxd.errors import BadConfig, Permanent, Problem
from inboxd.mail import Language
from inboxd.replies import NOTICES
from inboxd.template_life import Draft, Trial

SHOWN = 20
"""Kinds of differences that are shown; the rest is counted."""


def overview(desk: Desk, asked: Asked) -> Answer:
    """Every notice with its version in force."""
    return Page(template="texts.html.j2", values={"kinds": template_life.kinds(desk.context)})


def page(desk: Desk, asked: Asked) -> Answer:
    """One notice in both languages, with its history."""
    return _page(desk, asked, {})


def check(desk: Desk, asked: Asked) -> Answer:
    """What is wrong with a text while it is being written; a piece of the page."""
    _name(asked)
    with desk.acting() as context:
        problems = template_life.check(context, _draft(desk, asked)).problems
    return Page(template="text_verdict.html.j2", values={"problems": _lines(problems), "is_checked": True})


def try_out(desk: Desk, asked: Asked) -> Answer:
    """The draft as its readers would get it, and what it would change in what was sent."""
    name, draft = _name(asked), _draft(desk, asked)
    mail = asked.form.get("mail", "").strip()
    try:
        if mail and not (mail.isascii() and mail.isdigit() and len(mail) < 12):
            raise Permanent("a mail is named by its number")
        with desk.acting() as context:
            trial = template_life.try_out(context, draft)
            previews = {}
            if trial.is_sound:
                for language in Language.EN, Language.FR:
                    shown = template_life.preview(
                        context, name, language, draft=draft, mail_id=int(mail) if mail else None
                    )
                    previews[language.value] = f"{shown.text.subject}\n\n{shown.text.body}"
    except Permanent as error:
        return _refused(desk, asked, error)
    return _page(desk, asked, {"trial": trial, "previews": previews}, status=200 if trial.is_sound else 422)


def activate(desk: Desk, asked: Asked) -> Answer:
    """The draft is taken into use, if it holds. Refused, it is shown with what is wrong; the last good one serves."""
    name, draft = _name(asked), _draft(desk, asked)
    try:
        with desk.acting() as context:
            template_life.activate(context, draft, by=asked.person.actor, note=asked.form.get("note", ""))
    except BadConfig as error:
        return _page(desk, asked, {"problems": error.problems}, status=422)
    except Permanent as error:
        return _refused(desk, asked, error)
    return GoTo(path=f"/templates/{name}?done=text_taken")


def restore(desk: Desk, asked: Asked) -> Answer:
    """An older version is in force again, by the same rules."""
    name, version = _name(asked), asked.form.get("version", "")
    try:
        with desk.acting() as context:
            template_life.restore(
                context, name, version, by=asked.person.actor, note=asked.form.get("note", "") or f"back to {version}"
            )
    except BadConfig as error:
        return _page(desk, asked, {"problems": error.problems}, status=422)
    return GoTo(path=f"/templates/{name}?done=text_restored")


def _name(asked: Asked) -> str:
    name = asked.place["name"]
    if name not in NOTICES:
        raise NotThere
    return name


def _draft(desk: Desk, asked: Asked) -> Draft:
    """What the form would change: both files of the pair, which become the office's own together; or nothing."""
    files: dict[str, str | None] = {}
    differs = False
    for language, source in template_life.sources(desk.context, _name(asked)).items():
        given = asked.form.get(f"text_{language.value}")
        if given is None:
            continue
        text = given.replace("\r\n", "\n").rstrip("\n") + "\n"
        files[source.place] = text
        differs = differs or text != source.text
    return Draft(files=files if differs else {}, based_on=asked.form.get("based_on", ""))


def _refused(desk: Desk, asked: Asked, error: Permanent) -> Answer:
    """The editor with what was typed, and why nothing was done with it."""
    return _page(desk, asked, {"refused": str(error)}, status=409)


def _page(desk: Desk, asked: Asked, more: Mapping[str, Any], *, status: int = 200) -> Answer:
    name, context = _name(asked), desk.context
    trial: Trial | None = more.get("trial")
    problems = trial.problems if trial else more.get("problems", ())
    alike = trial.alike() if trial else []
    written = {
        language.value: asked.form.get(f"text_{language.value}", source.text)
        for language, source in template_life.sources(context, name).items()
    }
    return Page(
        template="text.html.j2",
        values={
            "kind": next(kind for kind in template_life.kinds(context) if kind.name == name),
            "written": written,
            "based_on": asked.form.get("based_on") or template_life.in_force(context).version,
            "history": template_life.history(context, name),
            "problems": _lines(problems),
            "is_checked": trial is not None,
            "refused": more.get("refused", ""),
            "has_folder": context.settings.replies.templates is not None,
            "trial": trial,
            "previews": more.get("previews", {}),
            "differences": [(lines, len(mails)) for lines, mails in alike[:SHOWN]],
            "note": asked.form.get("note", ""),
            "mail": asked.form.get("mail", ""),
        },
        status=status,
    )


def _lines(problems: tuple[Problem, ...]) -> list[str]:
    """Each as file, line and sentence; of the path only what tells the languages apart."""
    return [
        f"{Path(problem.file).parent.name}/{Path(problem.file).name}:{problem.line}: {problem.key} {problem.message}"
        for problem in problems
    ]

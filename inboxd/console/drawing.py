"""How pages are drawn: Jinja2 with escaping on and unknown names refused, and what every page is given."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from inboxd import __version__
from inboxd.console.asking import Asked, Page
from inboxd.console.desk import Desk
from inboxd.console.phrasebook import Phrasebook
from inboxd.console.safe import clean, one_line
from inboxd.roles import Action, may

PAGES = Path(__file__).parent / "pages"


def environment() -> Environment:
    """The templates of the desk; they are part of the program and nobody edits them."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"line": one_line, "clean": clean}
    return made


def draw(desk: Desk, asked: Asked, page: Page) -> str:
    """One page as HTML."""
    said = desk.said(asked.language)
    visit = asked.visit
    book = Phrasebook(said, desk.context.rules)

    def stage(text: str) -> Markup:
        """What a stage says, in the page's language where the book has it, else marked as English."""
        told = book.told(clean(text).strip())
        own = "" if told.lang == asked.language else Markup(' lang="{}"').format(told.lang)
        return Markup("<bdi{}>{}</bdi>").format(own, one_line(told.text))

    return desk.pages.get_template(page.template).render(
        t=said.text,
        code=said.code,
        own=said.own,
        reason_of=said.reason,
        at=said.at,
        said=said,
        stage=stage,
        language=asked.language,
        visit=visit,
        path=asked.path,
        may={action.value: visit is not None and may(visit.role, action) for action in Action},
        version=__version__,
        done=asked.query.get("done", ""),
        **page.values,
    )

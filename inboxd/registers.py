"""The two registers of application records (`documents.Register`): in our own database, or one over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from inboxd import records
from inboxd.certificates import Certificates
from inboxd.credentials import read_password
from inboxd.database import Database
from inboxd.documents import Application, Filing, Register
from inboxd.errors import Permanent
from inboxd.http_register import HttpRegister
from inboxd.settings import RegisterSettings
from inboxd.tables import applications


class BuiltIn:
    """The register in our own database (`documents.Register`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_ours(self) -> bool:
        return True

    @property
    def certificates(self) -> Certificates | None:
        """None: no connection is made to anybody."""
        return None

    def look_up(self, number: str) -> Application | None:
        with self._database.reading() as tx:
            return records.look_up(tx, number)

    def attach(self, document: Filing) -> str:
        """For a document that was on its way to a register over HTTP when the office took its records in here."""
        if self.look_up(document.number) is None:
            raise Permanent("the built-in register has no record for this document; import it, then retry the mail")
        return "on the record in the built-in register"

    def close_idle(self) -> None:
        """Nothing is held open: the database is the context's."""

    def close(self) -> None:
        """Nothing is held open: the database is the context's."""

    def check(self) -> str:
        with self._database.reading() as tx:
            return "built in, " + ("with records" if tx.execute(select(applications.c.number)).first() else "empty")


def open_register(settings: RegisterSettings, database: Database, alive: Callable[[], object]) -> Register:
    """The register that the settings name. Nothing is asked of it yet. `alive` is called while one is waited for."""
    if not settings.url:
        return BuiltIn(database)
    return HttpRegister(settings, lambda: read_password(settings, owner="records"), alive)

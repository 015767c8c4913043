"""Whether the office states that it holds the person's consent, in English and French (`domain.md` 3).

From a text to an answer, one module a step:

- `reading` cuts the text into sentences and clauses and decides (`statement`, `is_denied`); start there.
- `phrases` first brings other ways of saying it to one form (`put her name to our form` is `signed our consent form`).
- `grants` does so for those that need writing beside them (`gave us the go-ahead on paper`).
- `words` holds what consent is called, and what shows that it was given or that it was not.
- `scope` says whose consent it is, what for, and whether later words deny it.

Pure; never raises on any text. In doubt there is no statement: a mail that is held costs one line of reply.
"""

from __future__ import annotations

from inboxd.triage.consent.reading import is_denied, statement

__all__ = ["is_denied", "statement"]

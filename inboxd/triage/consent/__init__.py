"""Whether the office states that it holds the person's consent, in English and French (`domain.md` 3).

From a text to an answer, one module a step:

- `reading` takes the text sentence by sentence and decides (`statement`, `is_denied`); start there.
- `cuts` says where a sentence and a clause end, and what is a question or a heading.
- `phrases` first brings other ways of saying it to one form (`we never write without it` is no denial).
- `signing` does so for what was signed (`put her name to our form`, `the paper so that we can speak for her`).
- `grants` does so for what needs writing beside it (`gave us the go-ahead on paper`).
- `words` holds what consent is called, and what shows that it was given or that it was not.
- `scope` says whose consent it is, what for, and whether later words deny it.
- `waiting` finds what is still to be signed: handed out, promised, waited for; that wins over a `signed` beside it.

Pure; never raises on any text. In doubt there is no statement: a mail that is held costs one line of reply.
"""

from __future__ import annotations

from inboxd.triage.consent.reading import is_denied, statement

__all__ = ["is_denied", "statement"]

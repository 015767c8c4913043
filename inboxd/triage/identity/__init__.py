"""Whose documents are these? What a mail says about a person, compared with an application record (`domain.md` 3).

`comparing` decides · `people` who is meant in the text, by `labels` (their words: `label_words`; values: `labelled`;
tables: `pasted_tables`), `birth_dates` and `plain_names` · `names`, `record_names` when names agree · `persons` whether
two records are the same person's.
"""

from inboxd.triage.identity.comparing import Identity, compare
from inboxd.triage.identity.persons import same_person

__all__ = ["Identity", "compare", "same_person"]

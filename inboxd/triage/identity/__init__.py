"""Whose documents are these? What a mail says about a person, compared with an application record (`domain.md` 3).

`comparing` decides · `texts` what stands in a mail, by `labels` (their words: `label_words`; values: `labelled`;
tables: `pasted_tables`, `laid_out`), `birth_dates` and `plain_names` · `people` who is meant by it · `pointers` whose
file it is said to be · `names`, `record_names` when names agree · `persons` whether two records are one person's.
"""

from inboxd.triage.identity.comparing import Identity, compare
from inboxd.triage.identity.persons import same_person

__all__ = ["Identity", "compare", "same_person"]

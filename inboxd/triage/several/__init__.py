"""Several cases in one mail: its separate matters, set apart by numbering, names or application numbers.

Split only what is plainly several: different people with numbers or names of their own. Members of one family,
victims of one event, one person's several applications, and lists of questions, papers or days are one matter. Where
it is not clear the text stays whole, for part of a story alone may read as harmless. Pure; never fails on any text.
"""

from inboxd.triage.several.dividing import Division, Excerpt, Matter, divide

__all__ = ["Division", "Excerpt", "Matter", "divide"]

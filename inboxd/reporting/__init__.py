"""The manager's report on service standards: figures of a period, each with the list behind it.

`figures.make` counts rows into a `Report`; `page` writes it as one HTML file, `sheets` as CSV files, `plain` makes it
JSON and tables for a terminal. Reads only.
"""

from inboxd.reporting.figures import make
from inboxd.reporting.mails import Period
from inboxd.reporting.tables import Report

__all__ = ["Period", "Report", "make"]

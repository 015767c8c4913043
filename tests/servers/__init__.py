"""Real servers for tests and the demo: Dovecot, PostgreSQL, and an SMTP server that keeps what it gets.

Each lives in its own folder and on its own port of 127.0.0.1, starts in well under three seconds and leaves nothing.
"""

from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp_sink import DROP, SILENCE, Received, SmtpSink

__all__ = ["DROP", "SILENCE", "Certificates", "Dovecot", "Postgres", "Received", "SmtpSink"]

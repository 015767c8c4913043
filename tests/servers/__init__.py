"""Real servers for tests and the demo: Dovecot, PostgreSQL, clamd, and an SMTP server that keeps what it gets.

Each lives in its own folder and on its own port of 127.0.0.1, starts in well under three seconds and leaves nothing.
"""

from tests.servers.certificates import Certificates
from tests.servers.clamd import MARKER, SIGNATURE, UNOFFICIAL, ClamdServer
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.register import RegisterServer
from tests.servers.smtp_sink import DROP, SILENCE, Received, SmtpSink

__all__ = [
    "DROP", "MARKER", "SIGNATURE", "SILENCE", "UNOFFICIAL", "Certificates", "ClamdServer", "Dovecot", "Postgres",
    "Received", "RegisterServer", "SmtpSink",
]

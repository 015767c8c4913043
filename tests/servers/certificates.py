"""Certificates for the test servers: a certificate authority of our own, a server certificate, and a stranger.

Everything is made anew in a folder; nothing of it is trusted outside the tests.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Certificates:
    """PEM files under `root`: `ca`, `certificate` and `key` (for localhost and 127.0.0.1), and `other_ca`.

    `other_ca` signed nothing here: a client that trusts only it must refuse the server. `wrong_name` is a
    certificate of the right authority for another host, `expired` one that was good until yesterday.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.ca = root / "ca.pem"
        self.other_ca = root / "other-ca.pem"
        self.certificate = root / "server.pem"
        self.key = root / "server.key"
        self.wrong_name = root / "wrong-name.pem"
        self.wrong_name_key = root / "wrong-name.key"
        self.expired = root / "expired.pem"
        self.expired_key = root / "expired.key"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        trustme.CA().cert_pem.write_to_path(self.other_ca)
        self._issue(authority, ("localhost", "127.0.0.1"), self.certificate, self.key)
        self._issue(authority, ("mail.example",), self.wrong_name, self.wrong_name_key)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self._issue(authority, ("localhost", "127.0.0.1"), self.expired, self.expired_key, until=yesterday)

    @staticmethod
    def _issue(
        authority: trustme.CA, names: tuple[str, ...], certificate: Path, key: Path, until: datetime | None = None
    ) -> None:
        issued = authority.issue_cert(*names, not_after=until)
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)

    def server_context(self, *, wrong_name: bool = False, expired: bool = False) -> ssl.SSLContext:
        """What a server in this process presents."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if wrong_name:
            context.load_cert_chain(self.wrong_name, self.wrong_name_key)
        elif expired:
            context.load_cert_chain(self.expired, self.expired_key)
        else:
            context.load_cert_chain(self.certificate, self.key)
        return context

"""The register of application records over HTTP: looks records up, hands documents over. `docs/registers.md` is its
contract with the department's developers, `docs/register-openapi.json` the same for programs.

A door. What it cannot use raises `Transient` (nothing is decided by a register that is down, misconfigured or behind
a stranger's proxy); only the register's own word about a record or a document is `Permanent`.
"""

from inboxd.http_register.register import HttpRegister

__all__ = ["HttpRegister"]

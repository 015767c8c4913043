"""What an SMTP server says that will not take a mail now, or never, at each verb."""

from __future__ import annotations

VERBS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END")
SECURE_VERBS = ("STARTTLS", "AUTH")
NOT_NOW = {verb: f"451 4.3.0 {verb}: try again later" for verb in (*VERBS, *SECURE_VERBS)} | {
    "CONNECT": "421 4.3.2 too busy", "AUTH": "454 4.7.0 try again later", "STARTTLS": "454 4.7.0 no TLS now",
}
NEVER = {verb: f"550 5.7.1 {verb}: no" for verb in (*VERBS, *SECURE_VERBS)} | {
    "CONNECT": "554 5.3.2 go away", "AUTH": "535 5.7.8 no", "STARTTLS": "554 5.7.3 no TLS",
}

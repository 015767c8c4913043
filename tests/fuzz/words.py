"""What fuzzed mails say: people, numbers, subjects, texts, and what attackers put between.

A `BAIT` address stands only where no automatic mail may ever take its recipient from; a `CANARY` is what a template
language would make of an injected sum.
"""

from __future__ import annotations

from tests.office import INBOX

BAIT = "victim@bait.example"
CANARY = "51079609"
"""What `{{ 7147 * 7147 }}` would become: 7147 times 7147."""
CLIENTS = (
    "staff.rivers@parl.example",
    "alma.rivers@parl.example",
    "bureau.lachaine@parl.example",
    "benoit.lachaine@parl.example",
    "cora.whitfield@sen.parl.example",
)
OTHERS = (
    "someone@home.example",
    "counsel@law.example",
    "desk@minister.example",
    "kim@officers.ircc.example",
    "dario.ennis@parl.example",
    "staff@par1.example",
    "staff@parl.example.evil.example",
    INBOX,
)
NUMBERS = ("E123456789", "EP12345678", "W987654321", "F555000111", "C123123123", "E000000001", "E12345678O", "11-2222")
INJECTIONS = (
    "{{ 7147 * 7147 }}",
    "{% for i in range(9) %}x{% endfor %}",
    "{{ self.__class__ }}",
    "{{config}}",
    "${7147*7147}",
    "{% include '/etc/passwd' %}",
    "{#",
    "#}",
    "{{",
    "%}",
    "{{ ''.__class__.__mro__ }}",
    "%(name)s %s %n",
    "{0.__class__}",
    "a\r\nBcc: victim@bait.example",
    "\r\n\r\nbody",
    "a\nX-Injected: yes",
    "=?utf-8?q?=0D=0ABcc:_victim@bait.example?=",
    "=?utf-8?b?DQpCY2M6IHZpY3RpbUBiYWl0LmV4YW1wbGU=?=",
    "=?utf-8?q?=00=1B[2J=07?=",
    "\x1b]0;owned\x07",
    "\x00",
    "\u202efdp.exe",
    "\u2066\u2069\u200f",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "\u2028\u2029",
    "\ufeff\ufffe",
    "\ud800",
    "\x85\x9b31m",
    "'; DROP TABLE mails; --",
    "../../../etc/passwd",
    "~" * 300,
    "level=error event=bug",
    "\r2026-11-02T10:00:00Z info mail.done mail=1",
    "a" * 5000,
)
SUBJECTS = (
    "MCMPS attachment - Fichier joint CMDS {number}",
    "Fichier joint CMDS MCMPS attachment {number}",
    "RE: MCMPS attachment - Fichier joint CMDS {number}",
    "MCMPS attachment {number}",
    "Urgent: removal tomorrow {number}",
    "STATUS MC-2026-000001",
    "ÉTAT MC-2026-000002",
    "Question {number}",
    "Out of office: holiday",
    "Undelivered Mail Returned to Sender",
    "",
    "Passport",
    "Fwd: Dossier de Mme",
    "TR: Re: AW: Demande {number}",
)
TEXTS = (
    "Documents for our constituent Amara Okonjo-Reyes, born 1984-06-30, UCI 11-2222-3333.\n"
    "We hold the written consent.\n",
    "Our constituent will be removed from Canada tomorrow morning. {number}\n",
    "Bonjour,\n\nVeuillez trouver les documents de Théodore Lachance, né le 1er février 1990, IUC 1122-3344.\n"
    "Nous avons son consentement écrit.\n\nMerci\n",
    "When will the application {number} be decided? She has waited for 14 months.\n",
    "Hello,\n\n1. Mr A, {number}: work permit refused.\n"
    "2. Ms B, W987654321: her mother is dying and she needs a visa.\n",
    "> On Monday you wrote:\n> MCMPS attachment\nThe number is {number}.\n",
    "",
    "Thanks!\n-- \nStaff of the Member\n613-555-0101\n",
    "Is a regular passport possible within two days?\n",
    "https://drive.example/d/1 https://wetransfer.example/x\n",
    "The UCI is 11-2222-3333 and the number {number}, date of birth 30 June 1984, name Amara Okonjo-Reyes. "
    "Consent attached.\n",
)
CHARSETS = (
    "utf-8",
    "utf-8",
    "utf-8",
    "iso-8859-1",
    "windows-1252",
    "us-ascii",
    "utf-16",
    "utf-7",
    "iso-2022-jp",
    "x-klingon",
    "cp037",
    "gb18030",
    "utf-32",
    "unicode-1-1-utf-7",
    "hz",
    "idna",
    "punycode",
    "rot13",
    "",
    "utf-8\0",
)
MACHINE_FIELDS = (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated",
    "Precedence: bulk",
    "List-Id: <x.list.example>",
    "X-Auto-Response-Suppress: All",
    "Return-Path: <>",
    "X-Autoreply: yes",
    "Auto-Submitted: no",
    "Precedence: first-class",
    "Feedback-ID: 1",
    "List-Unsubscribe: <mailto:victim@bait.example>",
)
DATES = ("Mon, 02 Nov 2026 10:00:00 -0500", "Thu, 99 Foo 99999", "", "2026-11-02", "Mon, 2 Nov 26 10:00 EST")

"""An invented office for tests and the demo: a whole configuration in a folder, pointing at servers on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inboxd import tried

PROJECT = Path(__file__).parent.parent
CONFIG = PROJECT / "config"
INBOX = "mcmps-cmds@ircc.example"
GATEWAY = "mx.ircc.example"
ALERTS = "duty@officers.ircc.example"
tried_for_all: list[Path] = []
"""Where tests keep what was tried and found good, for all offices of a run: `inboxd.tried`."""
REGISTER = """\
number,family_name,given_name,date_of_birth,uci
E123456789,Okonjo-Reyes,Amara,1984-06-30,11-2222-3333
EP12345678,Lachance,Théodore,1990-02-01,1122-3344
W987654321,Vasquez,Inés,1979-11-12,
F555000111,Tremblay-Nguyen,Maï,2001-03-09,22-1111-4444
C123123123,Single,,1970-01-31,
H100200300,,,,
V444555666,Okonjo-Reyes,Amara,1984-06-30,11-2222-3333
"""
ROSTER = """\
office,member,kind,riding,province,language,phone,address,valid_from,valid_until
o1,Alma Rivers,mp,Maple North,ON,en,613-555-0101,alma.rivers@parl.example,,
o1,Alma Rivers,mp,Maple North,ON,en,613-555-0101,staff.rivers@parl.example,,
o2,Benoît Lachaîne,mp,Trois-Érables,QC,fr,819-555-0102,benoit.lachaine@parl.example,,
o2,Benoît Lachaîne,mp,Trois-Érables,QC,fr,819-555-0102,bureau.lachaine@parl.example,,
o3,Cora Whitfield,senator,Prairie Sky,MB,both,204-555-0103,cora.whitfield@sen.parl.example,,
o4,Minister's Office,minister,,ON,en,613-555-0104,desk@minister.example,,
o5,Dario Ennis,mp,Sable Cove,NS,en,902-555-0105,dario.ennis@parl.example,,2026-06-30
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a server listens and how it wants to be spoken to."""

    port: int
    security: str = "plain"
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def lines(self, root: Path, name: str) -> list[str]:
        lines = ['host = "localhost"' if self.security != "plain" else 'host = "127.0.0.1"', f"port = {self.port}",
                 f'security = "{self.security}"', "timeout_seconds = 20"]
        if self.username:
            secret = root / f"{name}.password"
            secret.write_text(self.password)
            secret.chmod(0o600)
            lines += [f'username = "{self.username}"', f'password_file = "{secret.name}"']
        if self.ca_file is not None:
            lines.append(f'ca_file = "{self.ca_file}"')
        return lines + [f"{key} = {value}" for key, value in self.extra.items()]


def write_office(root: Path, *, imap: Server, smtp: Server, database: str = "sqlite:///data/inboxd.sqlite",
                 changes: str = "", sections: Mapping[str, str] | None = None) -> Path:
    """Write a configuration under `root`; returns the settings file. `sections` adds lines to a table by name."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "data").mkdir(exist_ok=True)
    marks = root / "data" / "spool" / tried.FOLDER
    if tried_for_all and not marks.exists():
        marks.parent.mkdir(mode=0o700, exist_ok=True)
        marks.symlink_to(tried_for_all[0], target_is_directory=True)
    for name in ("criteria.toml", "standards.toml", "regional_units.toml"):
        shutil.copyfile(CONFIG / name, root / name)
    units = (root / "regional_units.toml").read_text(encoding="utf-8")
    units = units.replace('contact = ""', 'contact = "613-555-0190"')
    (root / "regional_units.toml").write_text(units, encoding="utf-8")
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (root / "register.csv").write_text(REGISTER, encoding="utf-8")
    more = sections or {}
    tables = {
        "mailbox": imap.lines(root, "imap"),
        "smtp": [
            *smtp.lines(root, "smtp"),
            # a story in which an answer is lost need not last for minutes
            *([] if "unknown_minutes" in {*smtp.extra, *more.get("smtp", "").split()} else ["unknown_minutes = 0"]),
        ],
        "office": [
            f'address = "{INBOX}"', 'name_en = "Ministerial Centre for Members of Parliament and Senators"',
            'name_fr = "Centre ministériel pour les députés et les sénateurs"',
            'message_id_domain = "inboxd.ircc.example"', f'alerts = ["{ALERTS}"]',
            # whether a story has a digest in it must not hang on the hour at which it is told
            *([] if "digest_at" in more.get("office", "") else ['digest_at = ""']),
        ],
        "senders": [
            'roster = "roster.csv"', 'client_domains = ["parl.example", "sen.parl.example"]',
            f'authserv_ids = ["{GATEWAY}"]', 'officer_domains = ["officers.ircc.example"]',
        ],
        "replies": [
            'booking_url = "https://liaison.ircc.example/"', 'web_form_url = "https://www.ircc.example/web-form"',
            'find_member_url = "https://www.parl.example/members"',
            'status_tracker_url = "https://www.ircc.example/status"',
            'passport_url = "https://www.ircc.example/passport"', 'contact = "613-555-0100"',
        ],
        # stories that are not about it need not say it; those that are turn it on
        "documents": [] if "required_information" in more.get("documents", "") else ["required_information = []"],
        # a process that reads mails takes a second to start; stories that are about it ask for it
        "limits": [] if "readers" in more.get("limits", "") else ["readers = 0"],
        "storage": [f'database = "{database}"', 'archive = "data/archive"', 'spool = "data/spool"',
                    "min_free_bytes = 1048576"],
        "rules": ['criteria = "criteria.toml"', 'standards = "standards.toml"',
                  'regional_units = "regional_units.toml"'],
    }
    lines = [changes]
    for name in (*tables, *(name for name in more if name not in tables)):
        lines += [f"[{name}]", *tables.get(name, []), more.get(name, ""), ""]
    settings = root / "inboxd.toml"
    settings.write_text("\n".join(lines), encoding="utf-8")
    return settings

"""What a user would write in an afternoon: `python -m benchmarks.plain_script PORT USER PASSWORD FOLDER`.

imaplib, email and sqlite3; a row and the attachments for each mail, then MOVE. No recovery, no answer, no triage.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import sqlite3
import sys
from pathlib import Path


def main(port: int, user: str, password: str, folder: Path) -> int:
    folder.mkdir(parents=True)
    rows = sqlite3.connect(folder / "mail.sqlite")
    rows.execute("create table mail (id integer primary key, message_id text, sender text, subject text, body text)")
    rows.execute("create table attachment (mail integer, name text, type text, path text)")
    box = imaplib.IMAP4("127.0.0.1", port)
    box.login(user, password)
    box.select("INBOX")
    done = 0
    for uid in box.uid("search", "ALL")[1][0].split():
        raw = box.uid("fetch", uid, "(BODY.PEEK[])")[1][0][1]
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        body = mail.get_body(("plain", "html"))
        told = (mail["Message-ID"], mail["From"], mail["Subject"], body.get_content() if body else "")
        at = rows.execute("insert into mail (message_id, sender, subject, body) values (?, ?, ?, ?)", told).lastrowid
        for number, part in enumerate(mail.iter_attachments()):
            path = folder / f"{at}-{number}"
            path.write_bytes(part.get_content())
            rows.execute("insert into attachment values (?, ?, ?, ?)",
                         (at, part.get_filename(), part.get_content_type(), str(path)))
        rows.commit()
        box.uid("MOVE", uid, "Processed")
        done += 1
    print(done)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])))

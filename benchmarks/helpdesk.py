"""`django-helpdesk` as a peer: a project of its own in a folder, SQLite, one queue that reads a mailbox over IMAP.

It lives in an environment of its own (`make bench-peers` makes it) and is never imported here: what it runs is written
out as a settings file and a few lines. It reads the inbox, makes a ticket of each mail and deletes it on the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.ground import Ground

_SETTINGS = """\
from pathlib import Path
BASE = Path(__file__).parent
SECRET_KEY = "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.sites", "django.contrib.humanize",
    "rest_framework", "helpdesk",
]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "helpdesk.sqlite"}}
ROOT_URLCONF = "peer_urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SITE_ID = 1
STATIC_URL = "/static/"
MEDIA_ROOT = BASE / "media"
USE_TZ = True
LOGIN_URL = "/login/"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_KANBAN_BOARD_ENABLED = False
HELPDESK_ACTIVATE_API_ENDPOINT = False
"""
_URLS = """\
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
_QUEUE = """\
import django, json, sys
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from helpdesk.models import Queue
Queue.objects.create(title="Mail", slug="mail", allow_email_submission=True, email_box_type="imap",
    email_box_host="127.0.0.1", email_box_port=int(sys.argv[1]), email_box_ssl=False, email_box_user=sys.argv[2],
    email_box_pass=sys.argv[3], email_box_imap_folder="INBOX", email_box_interval=0, email_address="in@x.example")
"""
_READ = """\
import django
django.setup()
from django.core.management import call_command
call_command("get_email", quiet=True)
"""
_COUNT = """\
import django, json
django.setup()
from helpdesk.models import FollowUpAttachment, Ticket
print(json.dumps([Ticket.objects.count(), FollowUpAttachment.objects.count()]))
"""


def get_email(ground: Ground, folder: Path, python: Path) -> dict[str, Any]:
    """Seconds of `get_email` alone, without making its tables."""
    user = ground.user()
    (folder / "peer_settings.py").write_text(_SETTINGS, encoding="utf-8")
    (folder / "peer_urls.py").write_text(_URLS, encoding="utf-8")
    _run(python, folder, _QUEUE, str(ground.dovecot.port), user, ground.dovecot.password)
    began = time.perf_counter()
    _run(python, folder, _READ)
    seconds = time.perf_counter() - began
    tickets, _ = json.loads(_run(python, folder, _COUNT).splitlines()[-1])
    assert tickets, "no ticket was made"
    assert tickets == ground.count, f"{tickets} tickets of {ground.count} mails"
    return {"seconds": seconds}


def _run(python: Path, folder: Path, code: str, *words: str) -> str:
    ran = subprocess.run(
        [str(python), "-W", "ignore", "-c", code, *words], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(folder)},
    )
    if ran.returncode:
        raise SystemExit(f"django-helpdesk: {ran.stderr[-3000:]}")
    return ran.stdout

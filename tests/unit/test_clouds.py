"""Links that stand for a file in a cloud, and links that are only links (`domain.md` 2.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Body
from inboxd.parsers.body import split
from inboxd.triage.clouds import hosts


def found(text: str, *more: str) -> tuple[str, ...]:
    return hosts(split(text, ""), more)


@pytest.mark.parametrize(
    "host",
    [
        "1drv.ms", "onedrive.live.com", "office-my.sharepoint.com", "drive.google.com", "docs.google.com", "we.tl",
        "www.dropbox.com", "dropbox.com", "www.icloud.com", "wetransfer.com", "app.box.com", "mega.nz",
        "files.cloudbox.example", "drive.cloud.example", "onedrive.example", "share.office.example",
        "partage.bureau.example", "transfer.example", "mydropbox.example", "wetransfer-files.example",
    ],
)  # fmt: skip
def test_a_cloud_is_known_by_its_host(host: str) -> None:
    assert found(f"Papers attached.\nhttps://{host}/s/abc?x=1\n") == (host,)


@pytest.mark.parametrize(
    "text",
    [
        "Download here: https://x.office.example/abc",
        "The documents are here: https://x.office.example/abc",
        "The scan is at https://x.office.example/abc",
        "The files were too big for e-mail so please use https://x.office.example/abc",
        "Our shared folder: https://x.office.example/abc",
        "Télécharger les documents : https://x.office.example/abc",
        "Voici le lien de partage : https://x.office.example/abc",
        "Les pièces se trouvent à l'adresse https://x.office.example/abc",
        "Fichiers trop volumineux, voir https://x.office.example/abc",
    ],
)
def test_a_cloud_is_known_by_the_words_before_the_link(text: str) -> None:
    assert found(text) == ("x.office.example",)


@pytest.mark.parametrize(
    "text",
    [
        "Papers attached. See https://www.parl.ca/members/download-documents for our office.",
        "The documents are listed here: https://www.canada.ca/en/immigration.html",
        "The form is at https://ircc.canada.ca/english/form",
        "As the news article says at https://paper.example/story, the papers are late.",
        "According to https://times.example/processing this takes long.",
        "Papers attached.\n\n-- \nBob Smith\nhttps://drive.office.example/card",
        "Papers attached. https://rivers.office.example",
        "Follow https://notthebox.com.office.example/x and https://driver.example/x",
        "No link at all: drive.google.com is blocked here.",
    ],
)
def test_other_links_are_none(text: str) -> None:
    assert found(text) == ()


def test_a_link_hidden_behind_words_counts() -> None:
    html = '<p>Please <a href="https://x.office.example/abc">download the documents</a></p><p>Thanks</p>'
    assert hosts(split("", html), ()) == ("x.office.example",)
    assert hosts(split("", html.replace("download the documents", "visit us")), ()) == ()


def test_configured_hosts_count_with_everything_below_them() -> None:
    text = "Papers: https://a.vault.example/x https://novault.example/y"
    assert found(text) == ()
    assert found(text, "Vault.example") == ("a.vault.example",)


def test_a_link_that_a_gateway_rewrote_is_named_by_what_is_behind_it() -> None:
    wrapped = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2F1drv.ms%2Fabc&data=05"
    assert found(f"Here: {wrapped}") == ("1drv.ms",)
    assert found(f"Here: {wrapped.replace('1drv.ms', 'www.canada.ca')}") == ()
    assert found("Here: https://urldefense.com/v3/__https://we.tl/t-abc__;!!x$") == ("we.tl",)


def test_each_host_stands_once_in_order() -> None:
    assert found("https://we.tl/a https://1drv.ms/b https://we.tl/c") == ("we.tl", "1drv.ms")


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_and_any_host_are_read(text: str, links: list[str]) -> None:
    body = Body(full=text, new=text, quoted="", signature="", forwarded="", html_only=False, links=tuple(links))
    assert all(host for host in hosts(body, ()))

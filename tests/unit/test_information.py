"""Which required information stands in a mail, and what is asked for (`domain.md` 3)."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.documents import Application
from inboxd.settings import Information
from inboxd.triage.information import missing, said
from tests.unit.test_identity import RECORD, mail

ALL = tuple(Information)
REQUIRED = (Information.NAME, Information.DATE_OF_BIRTH, Information.CONSENT)
FULL = """Name: Amara Okonjo-Reyes
DOB: 1984-06-30
UCI: 11-2222-3333
Type of application: spousal sponsorship
Documents attached: police certificate and marriage certificate
Consent: signed, on file
Contact: Bob Smith, 613-555-0101
"""
PLEIN = """Nom complet : Amara Okonjo-Reyes
Date de naissance : 30 juin 1984
IUC : 11-2222-3333
Type de demande : parrainage
Documents joints : certificat de police
Nous avons le consentement écrit de la cliente.
Personne-ressource : Benoît Archambeau, 819-555-0116
"""


def told(text: str) -> dict[Information, str]:
    return dict(said(mail(text)))


@pytest.mark.parametrize("text", [FULL, PLEIN])
def test_everything_said_is_found(text: str) -> None:
    assert set(told(text)) == set(ALL)
    assert missing(mail(text), ALL, RECORD) == ()


@pytest.mark.parametrize(
    ("item", "text", "words"),
    [
        (Information.NAME, "Client name: ROY, Ana", "ROY, Ana"),
        (Information.NAME, "Papers for Mr. Kwame Osei-Basque, please.", "Kwame Osei-Basque"),
        (Information.NAME, "Pour Mme Ana Roy, documents joints.", "Ana Roy"),
        (Information.NAME, "Ana de la Cruz, 2 May 1980, papers attached.", "Ana de la Cruz"),
        (Information.DATE_OF_BIRTH, "DOB 04/05/1990", "04/05/1990"),
        (Information.DATE_OF_BIRTH, "DDN : 4 mai 90", "4 mai 90"),
        (Information.DATE_OF_BIRTH, "Ana Roy (22 March 1988, UCI 11-2222-3333)", "22 March 1988"),
        (Information.UCI, "UCI 11-2222-3333", "UCI 11-2222-3333"),
        (Information.UCI, "UCI n/a (first application)", "UCI n/a"),
        (Information.UCI, "UCI: none yet", "UCI: none"),
        (Information.UCI, "no UCI on record", "no UCI on record"),
        (Information.UCI, "She does not have a UCI yet.", "does not have a UCI yet"),
        (Information.UCI, "IUC : s. o.", "IUC : s. o."),
        (Information.UCI, "IUC : aucun", "IUC : aucun"),
        (Information.UCI, "Elle n'a pas encore d'IUC.", "n'a pas encore d'IUC"),
        (Information.APPLICATION_TYPE, "It goes with her work permit renewal.", "work permit"),
        (Information.APPLICATION_TYPE, "Stream: Express Entry", "Express Entry"),
        (Information.APPLICATION_TYPE, "C'est pour son permis d'études.", "permis d'études"),
        (Information.DESCRIPTION, "One PDF: cardiologist’s note.", "One PDF: cardiologist’s note."),
        (Information.DESCRIPTION, "Relevés bancaires de 2018", "Relevés bancaires de 2018"),
        (Information.DESCRIPTION, "Boarding passes. Wes", "Boarding passes"),
        (Information.CONSENT, "Papers attached. We have signed consent. Bye", "We have signed consent."),
        (Information.CONTACT, "Thanks, Ana Roy, 613-555-0101", "Ana Roy, 613-555-0101"),
        (Information.CONTACT, "Thank you.\n\n-- \nAna Roy\nCaseworker\nTel: 613-555-0101", "Ana Roy, 613-555-0101"),
        (Information.CONTACT, "Questions to me at (905) 555-0120.", "me, (905) 555-0120"),
    ],
)
def test_the_words_that_say_it_are_kept(item: Information, text: str, words: str) -> None:
    assert told(text)[item] == words


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Information.NAME, "Papers attached, thank you."),
        (Information.NAME, "Contact: Bob Smith, 613-555-0101"),
        (Information.NAME, "Name of MP: Alma Rivers"),
        (Information.NAME, "Papers attached.\n\n-- \nAna Roy\nOffice of Alma Rivers, MP"),
        (Information.DATE_OF_BIRTH, "We wrote on 2 November 2026."),
        (Information.DATE_OF_BIRTH, "Consent signed 2026-10-30."),
        (Information.DATE_OF_BIRTH, "Date of birth: see attached"),
        (Information.UCI, "UCI attached"),
        (Information.UCI, "Call 613-555-0101"),
        (Information.UCI, "UCI: unknown to us"),
        (Information.APPLICATION_TYPE, "Papers attached."),
        (Information.DESCRIPTION, "pls upload, we have signed consent"),
        (Information.CONSENT, "Consent to follow."),
        (Information.CONTACT, "Call 613-555-0101"),
        (Information.CONTACT, "Ana Roy"),
    ],
)
def test_what_is_not_said_is_not_found(item: Information, text: str) -> None:
    assert item not in told(text)


def test_the_records_own_name_and_date_need_no_label() -> None:
    email = mail("amara okonjo and some papers, 30 June 1984 too, consent on file")
    assert missing(email, REQUIRED, RECORD) == ()
    assert Information.NAME in missing(email, REQUIRED, None)
    other = Application(number="E1", family_name="Roy", given_name="Ana", date_of_birth=date(1990, 1, 1))
    assert Information.NAME in missing(email, REQUIRED, other)


def test_a_single_name_is_said_without_a_title() -> None:
    record = Application(number="E1", family_name="Suharti")
    assert missing(mail("Papers of Suharti attached."), (Information.NAME,), record) == ()


def test_a_date_that_can_be_read_as_the_records_is_said_but_a_signing_day_is_not() -> None:
    record = dataclasses.replace(RECORD, date_of_birth=date(1990, 5, 4))
    assert missing(mail("Roy, 04/05/1990"), (Information.DATE_OF_BIRTH,), record) == ()
    assert missing(mail("signed 1990-05-04"), (Information.DATE_OF_BIRTH,), record) == (Information.DATE_OF_BIRTH,)


@pytest.mark.parametrize(
    "text",
    [
        "Papers of Amara Okonjo-Reyes. She lives with her nephew Ekow (DOB 2015-05-05).",
        "Documents d'Amara Okonjo-Reyes, arrivée au Canada le 6 juin 2019.",
        "Papers of Amara Okonjo-Reyes. She came to Canada on 6 June 2019.",
    ],
)
def test_a_relatives_birth_or_another_day_is_not_the_clients_birth(text: str) -> None:
    assert missing(mail(text), REQUIRED[:2], RECORD) == (Information.DATE_OF_BIRTH,)


@pytest.mark.parametrize("text", ["Amara Okonjo-Reyes, MP, asks for it.", "Contact at our office: Amara Okonjo-Reyes"])
def test_the_members_or_the_contacts_name_is_not_the_clients(text: str) -> None:
    assert missing(mail(text), (Information.NAME,), RECORD) == (Information.NAME,)


def test_a_consent_in_a_forwarded_text_does_not_outlive_its_withdrawal() -> None:
    head = "---------- Forwarded message ---------\nFrom: A B <a@b.example>\nSubject: x\n\n" \
           "I authorize my MP to act for me.\n"
    assert Information.CONSENT in said(mail(f"Please see below.\n\n{head}"))
    assert Information.CONSENT not in said(mail(f"She has withdrawn her consent.\n\n{head}"))


def test_what_is_missing_stands_in_the_order_that_was_asked() -> None:
    email = mail("Papers attached.")
    assert missing(email, REQUIRED, RECORD) == REQUIRED
    assert missing(email, tuple(reversed(REQUIRED)), None) == tuple(reversed(REQUIRED))
    assert missing(email, (), RECORD) == ()


def test_a_file_that_is_called_consent_is_no_statement() -> None:
    email = mail("Papers attached.")
    named = dataclasses.replace(email, subject="consent-form.pdf, signed consent on file")
    assert missing(named, (Information.CONSENT,), RECORD) == (Information.CONSENT,)


def test_quotes_and_signatures_say_nothing_but_whom_to_call() -> None:
    lines = "".join(f"> {line}\n" for line in FULL.splitlines())
    assert told(f"Thank you.\n\nOn Mon, Nov 2, 2026, X wrote:\n{lines}") == {}
    signature = "-- \nAna Roy\nTel: 613-555-0101\nDOB: 1984-06-30"
    assert set(told(f"Thank you.\n\n{signature}")) == {Information.CONTACT}


def test_a_forwarded_text_says_it_too() -> None:
    head = "Please see below.\n\n---------- Forwarded message ---------\nFrom: A B <a@b.example>\nSubject: x\n\n"
    assert missing(mail(head + FULL), REQUIRED, None) == ()


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    email = mail("x")
    email = dataclasses.replace(email, body=dataclasses.replace(email.body, new=text, signature=text))
    found = said(email)
    assert all(found.values())
    assert set(missing(email, ALL, RECORD)) <= set(ALL) - set(found)

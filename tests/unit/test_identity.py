"""The second identifier: what agrees, what contradicts, what is only not verified (`domain.md` 3, promise 3)."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from inboxd.triage.identity import Identity, compare
from tests.unit.identities import ALL, BARE, BOTH, RECORD, mail, person, said


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("The papers of Amara Okonjo-Reyes are attached.", ("name",)),
        ("REYES OKONJO, amara: papers attached.", ("name",)),
        ("Her UCI is 11-2222-3333, papers attached.", ("uci",)),
        ("IUC : 11-2222-3333. Documents joints.", ("uci",)),
        ("Client born 1984-06-30, papers attached.", ("date_of_birth",)),
        ("Date of birth: June 30, 1984. Papers attached.", ("date_of_birth",)),
        ("Née le 30 juin 1984. Documents joints.", ("date_of_birth",)),
        ("Her date of birth is June\n30, 1984. Papers attached.", ("date_of_birth",)),
        ("DDN : 30 juin 1984, documents joints pour Amara Okonjo Reyes.", ("date_of_birth", "name")),
    ],
)
def test_one_identifier_that_agrees_is_enough(text: str, agrees: tuple[str, ...]) -> None:
    assert said(text) == Identity(agrees=agrees, contradicted=False)


@pytest.mark.parametrize(
    "text",
    [
        "UCI: 11-2222-3333", "UCI 1122223333", "UCI # 11 2222 3333", "U.C.I.: 11-2222-3333", "UCI No. 11-2222-3333",
        "UCI number is 11-2222-3333", "Client ID: 11-2222-3333", "client id 1122223333", "CID 11-2222-3333",
        "IUC 11-2222-3333", "ID client : 11-2222-3333", "Numéro de client : 11-2222-3333",
        "No de client : 1122223333", "IUC/UCI : 11-2222-3333", "UCI: 11–2222–3333", "uci:\n11-2222-3333",
        "Unique client identifier: 11-2222-3333", "Her number with you is 11-2222-3333.", "(UCI 11-2222-3333)",
    ],
)
def test_every_label_of_a_uci(text: str) -> None:
    assert said(f"Papers attached. {text}\nThank you.") == Identity(agrees=("uci",), contradicted=False)


@pytest.mark.parametrize(
    "text",
    [
        "DOB: 1984-06-30", "D.O.B. 30 June 1984", "DOB 1984/06/30", "DOB (DD/MM/YYYY): 30/06/1984", "dob 30.06.1984",
        "Date of birth: 30-Jun-1984", "Date of Birth - June 30th, 1984", "born on June 30, 1984", "born June 30 1984",
        "born in Lagos, Nigeria, on 30 June 1984", "DDN: 1984-06-30", "D.D.N. : 30 juin 1984", "DDN 30/06/1984",
        "date de naissance : le 30 juin 1984", "née le 30 juin 1984", "nee le 30 juin 1984", "Né(e) le : 30 juin 1984",
        "née à Lagos (Nigéria) le 30 juin 1984", "30 June 1984 (DOB)", "DOB\n1984-06-30", "Date of birth 19840630",
        "DOB: 30JUN1984", "DOB: 1984 June 30", "birthdate 06/30/1984", "born on the 30th of June, 1984",
        "Birthday: Saturday, June 30, 1984", "Date de naissance (jj/mm/aaaa) : 30/06/1984",
    ],
)
def test_every_form_of_a_date_of_birth(text: str) -> None:
    assert said(f"Papers attached. {text}\nThank you.") == Identity(agrees=("date_of_birth",), contradicted=False)


@pytest.mark.parametrize(
    ("family", "given", "text"),
    [
        ("Okonjo-Reyes", "Amara", "For Amara Okonjo, papers attached."),
        ("Okonjo-Reyes", "Amara", "For Amara Reyes, papers attached."),
        ("Okonjo-Reyes", "Amara", "For Amara Reyes-Okonjo, papers attached."),
        ("Okonjo-Reyes", "Amara", "For Amara Ngozi Okonjo-Reyes, papers attached."),
        ("Okonjo-Reyes", "Amara", "For Amara N. Okonjo-Reyes, papers attached."),
        ("Okonjo-Reyes", "Amara Ngozi", "For OKONJO REYES Amara, papers attached."),
        ("Okonjo-Reyes", "Amara", "Papers of Amara and Kofi Okonjo-Reyes."),
        ("Okonjo-Reyes", "Amara", "Family name: Okonjo-Reyes\nGiven name: Amara"),
        ("Okonjo-Reyes", "Amara", "Nom de famille : OKONJO REYES ; prénom(s) : Amara"),
        ("Okonjo-Reyes", "Amara", "Nom : Okonjo-Reyes\nPrénom : Amara"),
        ("Okonjo-Reyes", "Amara", "First name: Amara Last name: Okonjo-Reyes DOB: n/a"),
        ("Okonjo-Reyes", "Amara", "Name (last, first): Okonjo-Reyes, Amara"),
        ("Tremblay", "Jean-Paul", "Monsieur Jean Paul Tremblay, documents joints."),
        ("Tremblay", "Jean Paul", "M. Jean-Paul TREMBLAY, documents joints."),
        ("Tremblay", "Jean-Paul", "Documents de Jeanpaul Tremblay."),
        ("de la Cruz", "Ana María", "Ana Maria Delacruz, papers attached."),
        ("De La Cruz", "Ana", "CRUZ, Ana: papers attached."),
        ("van der Berg", "Pieter", "Pieter Vanderberg, papers attached."),
        ("Vanderberg", "Pieter", "Pieter van der Berg, papers attached."),
        ("Al-Rashid", "Noor", "Noor Alrashid, papers attached."),
        ("Alrashid", "Noor", "Noor Al Rashid, papers attached."),
        ("bin Yusof", "Azlan", "Azlan bin Yusof, papers attached."),
        ("D'Souza", "Mina", "Mina DSouza, papers attached."),
        ("DSouza", "Mina", "Mina D’Souza, papers attached."),
        ("O'Connell", "Siobhán", "Siobhan O Connell, papers attached."),
        ("McTavish", "Ewan", "Ewan Mc Tavish, papers attached."),
        ("Łukasiewicz", "Paweł", "Pawel Lukasiewicz, papers attached."),
        ("Lukasiewicz", "Pawel", "Paweł ŁUKASIEWICZ, papers attached."),
        ("Sørensen", "Bjørn", "Bjoern Soerensen, papers attached."),
        ("SORENSEN", "BJORN", "Bjørn Sørensen, papers attached."),
        ("Müller", "Jürgen", "MUELLER, JUERGEN, papers attached."),
        ("Muller", "Jurgen", "Jürgen Müller, papers attached."),
        ("Weiß", "Käthe", "WEISS Kathe, papers attached."),
        ("Ægisdóttir", "Þóra", "Thora Aegisdottir, papers attached."),
        ("Nguyễn", "Thị Hoà", "Nguyen Thi Hoa, papers attached."),
        ("Đặng", "Văn Đức", "DANG Van Duc, papers attached."),
        ("Le", "Thi Mai", "Le, Thi Mai: papers attached."),
        ("Yılmaz", "Işıl", "ISIL YILMAZ, papers attached."),
        ("Ştefănescu", "Ioana", "Ioana Stefanescu, papers attached."),
        ("Bērziņš-Cole", "Juris", "Juris Berzins-Cole, papers attached."),
        ("Шевченко", "Олена", "Олена Шевченко, papers attached."),
        ("Thang", "Pu Lian", "Mr. Pu Lian THANG, papers attached."),
        ("Suharti", "", "Name: Suharti\nPapers attached."),
        ("Suharti", "", "Name: FNU Suharti\nPapers attached."),
        ("", "Suharti", "Nom : SUHARTI\nDocuments joints."),
        ("Suharti", "", "Papers of Ms. Suharti, attached."),
        ("Suharti", "Suharti", "Name: Suharti Suharti\nPapers attached."),
        ("Sri Mulyani", "", "Papers of Sri Mulyani, attached."),
        ("Okonjo-Reyes", "Amara", "These are for our constituent Amara\nOkonjo-Reyes, as you asked."),
        ("Okonjo-Reyes", "Amara", "| Name | DOB | UCI |\n| Okonjo-Reyes, Amara | 1984-06-30 | n/a |"),
        ("Okonjo-Reyes", "Amara", "Name DOB UCI\nAmara Okonjo-Reyes 1984-06-30 11-2222-3333"),
        ("Okonjo-Reyes", "Amara", "Full name Amara Okonjo-Reyes\nCountry Nigeria"),
        ("Okonjo-Reyes", "Amara", "Full name:\nAmara Okonjo-Reyes"),
    ],
)
def test_every_form_of_a_name(family: str, given: str, text: str) -> None:
    found = said(text, person(family, given))
    assert found.agrees == ("name",)
    assert not found.contradicted


@pytest.mark.parametrize(
    "text",
    [
        "Name: Amara Okonjo-Reyes DOB: 1984-06-30 UCI: 11-2222-3333",
        "Client name: OKONJO-REYES, Amara, DOB 30 June 1984, client ID 11-2222-3333.",
        "Name | Amara Okonjo-Reyes | DOB | 1984-06-30 | UCI | 11-2222-3333",
        "Name: Amara Okonjo-Reyes  DOB: 1984-06-30  UCI: 1122223333",
        "Name\nAmara Okonjo-Reyes\nDate of birth\n1984-06-30\nUCI\n11-2222-3333",
        "Name DOB UCI\nAmara Okonjo-Reyes 1984-06-30 11-2222-3333",
        "Applicant Amara OKONJO-REYES (1984-06-30), UCI 11-2222-3333, sponsorship.",
        "Re: Ms. Amara Okonjo-Reyes, born 30 June 1984, UCI 11-2222-3333",
        "Nom complet : Amara Okonjo-Reyes; née le 30 juin 1984; IUC 11-2222-3333.",
        "Principal applicant: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333\n"
        "Spouse: Tomás Belvedere, DOB 1981-02-03, UCI 99-8888-7777",
        "Spouse: Tomás Belvedere, DOB 1981-02-03, UCI 99-8888-7777\n"
        "Principal applicant: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333",
        "Principal applicant: Tomás Belvedere, DOB 1981-02-03, UCI 99-8888-7777\n"
        "Spouse: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333",
        "Applicant:\nName: Amara Okonjo-Reyes\nDOB: 1984-06-30\nUCI: 11-2222-3333\n\n"
        "Spouse:\nName: Tomás Belvedere\nDOB: 1981-02-03\nUCI: 99-8888-7777",
        "Name: Amara Okonjo-Reyes\nDOB: 1984-06-30\nUCI: 11-2222-3333\n\nName: Kofi Okonjo-Reyes\nDOB: 2012-01-07",
        "Client: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333\nContact: Bob Smith, 613-555-0101",
        "Amara Okonjo-Reyes (1984-06-30, UCI 11-2222-3333) and her son Kofi (born 2012-01-07, UCI 99-8888-7777).",
        "Mme Amara Okonjo-Reyes, née le 30 juin 1984, IUC 11-2222-3333, et son fils Kofi, né le 7 janvier 2012.",
        "Name: Amara Okonjo-Reyes\nDOB: 1984-06-30 (recorded as 1984-03-06 by mistake)\nUCI: 11-2222-3333",
        "Name of MP: Alma Rivers\nClient: Amara Okonjo-Reyes\nDOB: 1984-06-30\nUCI: 11-2222-3333",
        "Nom du député : Alma Rivers\nNom du client : Amara Okonjo-Reyes\nDDN : 1984-06-30\nIUC : 11-2222-3333",
        "Client: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333; mother's date of birth 1950-01-01.",
        "Tomás Belvedere (1981-02-03, UCI 99-8888-7777) and Amara Okonjo-Reyes (1984-06-30, UCI 11-2222-3333).",
        "Amara Okonjo-Reyes, 1984-06-30, UCI 11-2222-3333. Passport expires 2027-05-04, consent signed 2026-10-01.",
    ],
)
def test_everything_said_about_the_right_person_agrees(text: str) -> None:
    assert said(text) == Identity(agrees=ALL, contradicted=False)


@pytest.mark.parametrize(
    "text",
    [
        "Papers of Amara Okonjo-Reyes, UCI 99-8888-7777.",
        "Papers of Amara Okonjo-Reyes, DOB 1985-01-01.",
        "Papers of Amara Okonjo-Reyes, née le 1er janvier 1985.",
        "Name: Tomás Belvedere\nUCI: 11-2222-3333",
        "Nom complet : Tomás Belvedere\nDDN : 30 juin 1984",
        "Client: Belvedere\nborn 1984-06-30",
        "Name: tomás belvedere\nUCI: 11-2222-3333",
        "Family name: Belvedere\nGiven name: Tomás\nDOB: 1984-06-30",
        "Name: Amara Okonjo-Reyes DOB: 1985-06-30 UCI: 11-2222-3333",
        "Applicant: Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3334",
        "Name DOB UCI\nAmara Okonjo-Reyes 1985-01-01 11-2222-3333",
        "Principal applicant: Amara Okonjo-Reyes, DOB 1985-01-01\nSpouse: Tomás Belvedere, DOB 1984-06-30",
        "Principal applicant: Tomás Belvedere, DOB 1981-02-03\nSpouse: Amara Okonjo-Reyes, DOB 1985-01-01",
        "Documents for Tomás Belvedere, DOB 1990-01-02. Same family as Amara Okonjo-Reyes, whom we wrote about.",
        "Client: Tomás Belvedere. His sponsor is Amara Okonjo-Reyes.",
        "UCI 99-8888-7777. Papers attached for Amara Okonjo-Reyes.",
        "IUC : 99-8888-7777\nDDN : 1984-06-30",
        "Name: Kofi Okonjo-Reyes\nDOB: 1984-06-30",  # a twin
        "Nom : Okonjo-Reyes\nPrénom : Kofi\nDDN : 30 juin 1984",
        "DOB (dd/mm/yyyy): 05/06/1984, Amara Okonjo-Reyes",
        "Papers of Amara Okonjo-Reyes. UCI:\n99-8888-7777",
        "Amara Okonjo-Reyes\n\nDOB: January 1, 1985",
    ],
)
def test_a_labelled_identifier_that_says_something_else_contradicts(text: str) -> None:
    assert said(text).contradicted


@pytest.mark.parametrize(
    "text",
    [
        "Papers attached, thank you.",
        "DOB 05/06/1984, papers attached.",
        "DOB 06/05/1984, papers attached.",
        "DOB 04/05/1990, papers attached.",
        "DOB 30/06/84, papers attached.",
        "DOB: 30 June 84, papers attached.",
        "We wrote to you on 2026-11-02, papers attached.",
        "Her lease was signed on 1984-06-30.",
        "The permit expires 30 June 1984.",
        "Amara's papers are attached.",
        "A. Okonjo-Reyes's papers are attached.",
        "Papers of Kofi Okonjo and Amara Belvedere.",
        "Papers of Amara Belvedere, Tomás Reyes and Ana Cruz.",
        "Tomás Reyes\nAmara Belvedere",
        "We met Mr. Reyes. Amara Belvedere was there too.",
        "Name of our riding: Maple North. Papers attached.",
        "Contact: Amara Okonjo-Reyes, 613-555-0101",
        "Contact name: Amara Okonjo-Reyes",
        "MP: Amara Okonjo-Reyes",
        "UCI: n/a, papers attached.",
        "UCI: 11-2222-333, papers attached.",
        "Please call 112-222-3333 about 1122223333.",
        "Amara will okay the Reyes",
        "Applicant: study permit. Client: has been waiting for two years.",
        "Name of file: belvedere.pdf\nEmployer name: Belvedere Ltd.",
        "Spouse: Tomás Belvedere, DOB 1981-02-03, UCI 99-8888-7777",
        "Her son Kofi, born 2012-01-07, is at school.",
    ],
)
def test_what_cannot_be_read_one_way_is_neither(text: str) -> None:
    assert said(text) == Identity(agrees=(), contradicted=False)


@pytest.mark.parametrize(
    ("family", "given", "text"),
    [
        ("Long", "Grace", "By the grace of God it was a long wait. Papers attached."),
        ("May", "Will", "The papers will arrive in May."),
        ("May", "Will", "The visit will not happen, may it please you."),
        ("Long", "", "As long as it takes, papers attached."),
        ("Suharti", "", "Name: Suharti Wijaya"),
        ("Le", "Van", "Le client van venir."),
        ("Court", "Frank", "To be frank, the court was slow."),
    ],
)
def test_common_words_are_no_name(family: str, given: str, text: str) -> None:
    assert said(text, person(family, given)) == Identity(agrees=(), contradicted=False)

@pytest.mark.parametrize(
    ("family", "given_name", "name", "other"),
    [
        ("Sagna", "Ibou", "Ibrahima Sagna", True),
        ("Sagna", "Lamine", "Lucien Sagna", True),
        ("Sagna", "Karim", "Karima Sagna", True),
        ("Roy", "Michel", "Michelle Roy", True),
        ("Sagna", "Mohamed", "Mohammed Sagna", False),
        ("Roy", "Catherine", "Katherine Roy", False),
        ("Roy", "Jon", "John Roy", False),
        ("Roy", "Alexandre", "Alex Roy", False),
        ("Roy", "Lucie", "L. Roy", False),
        ("Roy", "Jean-Paul", "Jeanpaul Roy", False),
        ("Roy", "Lucie Marie", "Marie Roy", False),
    ],
)
def test_brothers_and_sisters_differ_and_a_slip_does_not(family: str, given_name: str, name: str, other: bool) -> None:
    record = person(family, given_name, date_of_birth=date(1988, 2, 14))
    assert said(f"Client: {name}, born 14 February 1988.", record).contradicted is other


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("30/06/48", True), ("30-06-85", True), ("29 June 84", True), ("June 30/85", True), ("le 30 juillet 84", True),
        ("30/06/84", False), ("30 June 84", False), ("June 30/84", False), ("5/6/84", False), ("12.10.48", False),
        ("84-06-30", False), ("10-VI-1984", True), ("30-VI-1984", False),
    ],
)  # fmt: skip
def test_a_year_of_two_digits_can_only_contradict(text: str, excluded: bool) -> None:
    found = said(f"Amara Okonjo-Reyes, DOB {text}, papers attached.")
    assert found.contradicted is excluded
    assert ("date_of_birth" in found.agrees) is (text == "30-VI-1984")


@pytest.mark.parametrize(
    "text",
    [
        "The client is born 30 June 1984. Contact: Amara Okonjo-Reyes",
        "Client born 30 June 1984. Personne-ressource à notre bureau : Amara Okonjo-Reyes",
        "Client born 30 June 1984. Amara Okonjo-Reyes, MP, asks for it.",
        "Client né le 30 juin 1984. Bureau d'Amara Okonjo-Reyes, députée.",
        "Client born 30 June 1984. Office of Senator Amara Okonjo-Reyes",
    ],
)
def test_a_name_that_carries_an_office_is_not_the_clients(text: str) -> None:
    assert said(text) == Identity(agrees=("date_of_birth",), contradicted=False)


def test_the_senders_own_name_is_the_clients_only_where_a_label_says_so() -> None:
    sender = "Amara Okonjo-Reyes <a@parl.example>"
    signed = mail("Born 30 June 1984. Thanks, Amara Okonjo-Reyes", sender=sender)
    assert compare(signed, RECORD).agrees == ("date_of_birth",)
    assert compare(mail("Client: Amara Okonjo-Reyes, born 30 June 1984.", sender=sender), RECORD).agrees == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "Family name\n\nGiven name\n\nDOB\n\nUCI\n\n\nOkonjo-Reyes\n\nAmara\n\n30 June 1984\n\n11-2222-3333\n\nThanks",
        "Nom\nPrénom\nDDN\nIUC\nOkonjo-Reyes\nAmara\n30 juin 1984\n11-2222-3333",
        "Name ........ Amara Okonjo-Reyes\nBorn ........ 30 June 1984\nUCI ......... 11-2222-3333",
    ],
)
def test_a_table_that_was_taken_apart_is_read(text: str) -> None:
    assert said(text) == Identity(agrees=ALL, contradicted=False)


def test_an_other_birth_in_brackets_behind_the_name_contradicts() -> None:
    assert said("Lease of Ms. Amara Okonjo-Reyes (30 July 1984, UCI 11-2222-3333).").contradicted
    assert not said("Lease of Ms. Amara Okonjo-Reyes (signed 30 July 2024), UCI 11-2222-3333.").contradicted


def test_a_single_name_is_compared_whole() -> None:
    record = person("Suharti", "")
    assert said("Nom : Belvedere\nDocuments joints.", record).contradicted
    assert not said("Name: Suhrati\nPapers attached.", record).contradicted
    assert not said("Name: Suhrati\nPapers attached.", record).agrees


def test_the_name_of_the_sender_is_not_the_applicants() -> None:
    text = "Papers attached for DOB 1984-06-30.\n\nName: Bob Smith\nPhone: 613-555-0101"
    known = compare(mail(text, sender="Bob Smith <a@parl.example>"), RECORD)
    assert known == Identity(agrees=("date_of_birth",), contradicted=False)
    assert compare(mail(text, sender="Eve Stone <a@parl.example>"), RECORD).contradicted


def test_a_signature_a_quote_and_a_subject_prove_nothing() -> None:
    identifiers = "Amara Okonjo-Reyes, DOB 1984-06-30, UCI 11-2222-3333"
    quoted = f"Papers attached.\n\nOn Mon, Nov 2, 2026, X wrote:\n> {identifiers}\n"
    assert said(quoted) == Identity(agrees=(), contradicted=False)
    assert said(f"Papers attached.\n\n-- \n{identifiers}") == Identity(agrees=(), contradicted=False)
    assert compare(mail("Papers attached.", subject=identifiers), RECORD) == Identity(agrees=(), contradicted=False)


def test_another_uci_in_the_subject_stops_the_mail() -> None:
    text = "Papers of Amara Okonjo-Reyes."
    assert compare(mail(text, subject="MCMPS attachment E123456789 UCI 99-8888-7777"), RECORD).contradicted
    assert not compare(mail(text, subject="MCMPS attachment E123456789 UCI 11-2222-3333"), RECORD).contradicted


def test_a_forwarded_text_counts() -> None:
    text = "Please see below.\n\n---------- Forwarded message ---------\nFrom: A B <a@b.example>\nDate: Mon, Nov 2\n" \
           "Subject: help\nTo: c@d.example\n\nMy name is Amara Okonjo-Reyes, DOB: 1984-06-30.\n"
    assert said(text) == Identity(agrees=BOTH, contradicted=False)


@pytest.mark.parametrize("text", ["Papers of Amara Okonjo-Reyes, UCI 11-2222-3333.", "Papers attached."])
def test_a_record_with_only_a_number_agrees_with_nothing(text: str) -> None:
    assert said(text, BARE) == Identity(agrees=(), contradicted=False, record_is_bare=True)


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("Papers of Amara Okonjo-Reyes, born 30 June 1984, UCI 11-2222-3333.", ALL),
        ("Name: Amara Okonjo-Reyes", ("name",)),
        ("Pour Mme Amara Okonjo-Reyes, documents joints.", ("name",)),
        ("UCI 11-2222-3333", ("uci",)),
        ("DOB 30 June 1984", ("date_of_birth",)),
        ("DOB 04/05/1990", ()),
        ("Contact: Bob Smith, 613-555-0101", ()),
        ("Papers attached. Thank you. Federal Court, 2 November 2026.", ()),
    ],
)
def test_a_bare_record_that_is_trusted_agrees_with_any_identifier(text: str, agrees: tuple[str, ...]) -> None:
    assert compare(mail(text), BARE, trust_bare=True) == Identity(
        agrees=agrees, contradicted=False, record_is_bare=True
    )


def test_a_zero_in_front_of_a_uci_does_not_matter() -> None:
    record = dataclasses.replace(RECORD, uci="0011223344")
    assert said("UCI: 1122-3344", record) == Identity(agrees=("uci",), contradicted=False)

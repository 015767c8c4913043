"""Documents that offices submit: right, nearly right and wrong, in both languages (`domain.md` 2.2-2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from demo.files import File, archive, half_jpeg, heic, jpeg, locked_pdf, pdf, png, test_virus, winmail
from demo.letters import MAUDE, PRIYA, Expected, Letter, Person, compose

PHRASE = "MCMPS attachment - Fichier joint CMDS"
SHOWN_FAILURE = "no-attachment"
"""The English failure notice that the demo shows in full."""
CORRECT_SUBJECT = f"{PHRASE} E123456789"
"""The subject line that this notice must give."""
RELEASED = "consent-en"
"""Held, until a person releases it."""
AFTER_RELEASE = Expected(place="filed", replies=("held", "receipt"), why=("every document was attached", "by a person"))
COMPLETED = "missing-fr"
"""Failed, until its sender writes what is missing in a reply to the notice."""
AFTER_COMPLETION = Expected(
    place="filed", replies=("failure",), why=("every document was attached", "completed by mail")
)

_LOGO = png("logo.png", 90, 40)


def documents(at: datetime) -> Iterator[Letter]:
    """All submissions of the first post, as if they had reached the gateway at `at`."""

    def letter(
        key: str,
        what: str,
        sender: Person,
        subject: str,
        text: str,
        expected: Expected,
        *files: File,
        logo: File | None = None,
    ) -> Letter:
        raw = compose(key, sender, subject, text, at=at, files=files, logo=logo)
        return Letter(
            key=key,
            what=what,
            language="EN" if sender is PRIYA else "FR",
            raw=raw,
            expected=expected,
            sender=sender.address,
        )

    yield letter(
        "receipt-en",
        "Passport copy for a record",
        PRIYA,
        f"{PHRASE} E123456789",
        "Good morning,\n\nPlease add the attached to the application of Amara Okonjo-Reyes, born 1984-06-30,"
        " UCI 11-2222-3333. We hold her written consent.\n\nThank you,",
        Expected(place="filed", replies=("receipt",), why=("every document was attached",)),
        pdf("passport-copy.pdf", "Copy of the biographical page", "Amara Okonjo-Reyes"),
        logo=_LOGO,
    )
    yield letter(
        "receipt-fr",
        "Two papers, phrase typed by hand",
        MAUDE,
        "TR: Fichier joint CMDS / MCMPS Attachment EP12345678",
        "Bonjour,\n\nVous trouverez ci-joint les pièces demandées pour Théodore Lachance, né le 1er février 1990."
        " Nous avons son consentement écrit.\n\nMerci,",
        Expected(place="filed", replies=("receipt",), why=("every document was attached",)),
        pdf("relevé d'emploi.pdf", "Relevé d'emploi", "Théodore Lachance"),
        jpeg("photo_été.jpg"),
    )
    yield letter(
        "partial-en",
        "One good file, a ZIP, half a photo",
        PRIYA,
        f"{PHRASE} F555000111",
        "Hello,\n\nHere is the proof of residence for Maï Tremblay-Nguyen (date of birth 2001-03-09), together with"
        " the other papers in a zip file and the photo. She gave us her written consent.\n\nRegards,",
        Expected(place="partial", replies=("partial",), why=("ARCHIVE", "EMPTY_OR_CORRUPT")),
        pdf("lease.pdf", "Lease agreement"),
        archive("papers.zip", pdf("tax.pdf", "Notice of assessment")),
        half_jpeg("photo.jpg"),
    )
    yield letter(
        "format-fr",
        "A digit is missing in the number",
        MAUDE,
        f"{PHRASE} E12345678",
        "Bonjour,\n\nCi-joint le certificat de naissance.\n\nMerci,",
        Expected(place="failed", replies=("failure",), why=("NUMBER_FORMAT",)),
        pdf("certificat.pdf", "Certificat de naissance"),
    )
    yield letter(
        "placeholder-en",
        "The brackets are still in the subject",
        PRIYA,
        f"{PHRASE} [add application number]",
        "Hi,\n\nThe medical report is attached.\n\nThanks,",
        Expected(place="failed", replies=("failure",), why=("PLACEHOLDER_LEFT",)),
        pdf("medical-report.pdf", "Report"),
    )
    yield letter(
        COMPLETED,
        "The number is only in the text",
        MAUDE,
        PHRASE,
        "Bonjour,\n\nVoici l'offre d'emploi pour la demande W987654321 de Inés Vasquez, née le 12 novembre 1979."
        "\n\nMerci,",
        Expected(place="failed", replies=("failure",), why=("NUMBER_MISSING",)),
        pdf("offre.pdf", "Offre d'emploi"),
    )
    yield letter(
        "unknown-fr",
        "No record has this number",
        MAUDE,
        f"{PHRASE} E999888777",
        "Bonjour,\n\nCi-joint la preuve de fonds de notre électeur.\n\nMerci,",
        Expected(place="failed", replies=("failure",), why=("NUMBER_UNKNOWN",)),
        pdf("preuve.pdf", "Preuve de fonds"),
    )
    yield letter(
        SHOWN_FAILURE,
        "The attachment was forgotten",
        PRIYA,
        f"{PHRASE} E123456789",
        "Hello again,\n\nPlease find attached the marriage certificate of Amara Okonjo-Reyes, born 1984-06-30."
        "\n\nThank you,",
        Expected(place="failed", replies=("failure",), why=("NO_ATTACHMENT",)),
        logo=_LOGO,
    )
    yield letter(
        "locked-fr",
        "A PDF with a password",
        MAUDE,
        f"{PHRASE} EP12345678",
        "Bonjour,\n\nCi-joint le relevé bancaire de Théodore Lachance, né le 1er février 1990; il y consent"
        " par écrit.\n\nMerci,",
        Expected(place="failed", replies=("failure",), why=("ENCRYPTED",)),
        locked_pdf("relevé.pdf"),
    )
    yield letter(
        "mismatch-en",
        "A date of birth that contradicts",
        PRIYA,
        f"{PHRASE} W987654321",
        "Hello,\n\nThe attached letter is for our constituent, date of birth 1981-04-02, UCI 99-8888-7777."
        "\n\nThank you,",
        Expected(place="held", replies=("held",), why=("IDENTITY_MISMATCH",), held=True),
        pdf("letter.pdf", "Letter of employment"),
    )
    yield letter(
        "no-identifier-fr",
        "Nothing says whose papers they are",
        MAUDE,
        f"{PHRASE} F555000111",
        "Bonjour,\n\nCi-joint les pièces demandées.\n\nMerci,",
        Expected(place="held", replies=("held",), why=("INFO_MISSING",), held=True),
        pdf("pieces.pdf", "Pièces"),
    )
    yield letter(
        RELEASED,
        "Nothing says that he consents",
        PRIYA,
        f"{PHRASE} EP12345678",
        "Hello,\n\nThe attached letter from his employer is for Théodore Lachance, born on February 1, 1990."
        "\n\nThank you,",
        Expected(place="held", replies=("held",), why=("CONSENT_MISSING",), held=True),
        pdf("employer.pdf", "Letter of employment"),
    )
    yield letter(
        "winmail-fr",
        "Two papers inside a winmail.dat",
        MAUDE,
        f"{PHRASE} W987654321",
        "Bonjour,\n\nVoici deux pièces pour Inés Vasquez, née le 12 novembre 1979, qui nous a donné son consentement"
        " écrit.\n\nMerci,",
        Expected(place="filed", replies=("receipt",), why=("every document was attached",)),
        winmail(pdf("contrat.pdf", "Contrat de travail"), jpeg("photo.jpg", 600, 780)),
    )
    yield letter(
        "iphone-en",
        "A photo in the iPhone's own format",
        PRIYA,
        f"{PHRASE} F555000111",
        "Hi,\n\nA photo of the passport of Maï Tremblay-Nguyen (date of birth 2001-03-09). We have her written consent."
        "\n\nThanks,",
        Expected(place="failed", replies=("failure",), why=("TYPE_NOT_ALLOWED",)),
        heic("IMG_0412.HEIC"),
    )
    yield letter(
        "infected-fr",
        "An infected file (the test virus)",
        MAUDE,
        f"{PHRASE} EP12345678",
        "Bonjour,\n\nCi-joint la lettre de Théodore Lachance, né le 1er février 1990. Nous avons son consentement"
        " écrit.\n\nMerci,",
        Expected(place="quarantine", replies=("failure",), why=("MALWARE",)),
        test_virus("lettre.pdf"),
    )

"""Enquiries, in both languages: critical, urgent, complex, unclear, general, a passport; and one that is two things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo.documents import PHRASE
from demo.files import File, pdf
from demo.letters import ALMA, CORA, MAUDE, PRIYA, Expected, Letter, Person, compose, day_en, day_fr

SHOWN_ACKNOWLEDGEMENT = "critical-fr"
"""The French acknowledgement that the demo shows in full."""
STATUS_CASE = "complex-fr"
RAISED_CASE = "general-en"
ANSWERED_CASE = "urgent-en"
AWAY_AFTER = "review-en"
BOUNCED = "general-fr"


def enquiries(at: datetime) -> Iterator[Letter]:
    """All enquiries of the first post, as if they had reached the gateway at `at`; days in them count from there."""
    soon, later = (at + timedelta(days=3)).date(), (at + timedelta(days=25)).date()

    def letter(
        key: str, what: str, sender: Person, subject: str, text: str, expected: Expected, *files: File
    ) -> Letter:
        raw = compose(key, sender, subject, text, at=at, files=files)
        language = "FR" if sender is MAUDE else "EN"
        return Letter(key=key, what=what, language=language, raw=raw, expected=expected, sender=sender.address)

    yield letter(
        "critical-en",
        "Removal in three days",
        PRIYA,
        "Constituent case - please call",
        f"Good morning,\n\nCBSA has told our constituent that his removal to Quito is set for {day_en(soon)}. His"
        " wife and two children are in Maple North. The application is W987654321 and we hold his written consent."
        "\n\nYou can reach me at 613-555-0101 between 9 and 5.",
        Expected(place="critical", replies=("ack_critical",), case="critical open", why=("CR-01",)),
    )
    yield letter(
        SHOWN_ACKNOWLEDGEMENT,
        "A mother in palliative care",
        MAUDE,
        "Visa pour visiter une mère malade",
        "Bonjour,\n\nLa mère de notre électeur est aux soins palliatifs à Trois-Érables; les médecins lui donnent"
        " quelques jours à vivre. Le fils est à Dakar et attend son visa (demande EP12345678)."
        "\n\nMerci de votre aide,",
        Expected(place="critical", replies=("ack_critical",), case="critical open", why=("CR-04",)),
    )
    yield letter(
        ANSWERED_CASE,
        "A funeral abroad",
        ALMA,
        "Travel for a funeral",
        f"Hello,\n\nOur constituent's father has passed away, and the funeral is on {day_en(later)} in Lagos."
        " She needs a decision on E123456789 to travel and come back. We hold her consent.\n\nKind regards,",
        Expected(place="urgent", replies=("ack_urgent",), case="urgent open", why=("UR-01",)),
    )
    yield letter(
        STATUS_CASE,
        "Procedural fairness letter",
        MAUDE,
        "Lettre d'équité procédurale",
        "Bonjour,\n\nNotre électrice a reçu une lettre d'équité procédurale pour fausses déclarations. Nous aimerions"
        " discuter du dossier EP12345678 avec un agent.\n\nMerci,",
        Expected(place="complex", replies=("ack_complex",), case="complex open", why=("CX-07",)),
    )
    yield letter(
        AWAY_AFTER,
        "Nobody can tell what it is about",
        CORA,
        "A family in Brandon",
        "Dear colleagues,\n\nI spoke with the family again. They are at their wits' end and I promised that I would"
        " ask what can be done for the boy.\n\nSincerely,",
        Expected(place="review", replies=("ack_review",), case="review open", why=("a person decides",)),
    )
    yield letter(
        RAISED_CASE,
        "Any news?",
        PRIYA,
        "Status update",
        "Hello,\n\nIs there any news on application F555000111? Our constituent would like to know where it stands."
        "\n\nThank you,",
        Expected(place="not_met", replies=("not_met",), case="not_met answered", why=("no criterion hit", "NM-01")),
    )
    yield letter(
        BOUNCED,
        "A question about a form",
        MAUDE,
        "Quel formulaire?",
        "Bonjour,\n\nQuel formulaire faut-il pour prolonger un séjour de visiteur?\n\nMerci,",
        Expected(place="not_met", replies=("not_met",), case="not_met answered", why=("no criterion hit", "NM-04")),
    )
    yield letter(
        "passport-en",
        "A Canadian passport",
        PRIYA,
        "Passport renewal",
        "Hello,\n\nOur constituent applied to renew her Canadian passport in September and has heard nothing."
        "\n\nThank you,",
        Expected(place="passport", replies=("passport",), why=("a regular passport matter",)),
    )
    yield letter(
        "both-fr",
        "Papers, and a removal in the text",
        MAUDE,
        f"{PHRASE} EP12345678",
        "Bonjour,\n\nCi-joint la preuve de paiement de Théodore Lachance, né le 1er février 1990, qui nous a donné son"
        " consentement écrit. L'ASFC vient de lui"
        f" dire que son renvoi est prévu pour {day_fr(soon)}; que peut-on faire?\n\nMerci,",
        Expected(
            place="critical",
            replies=("receipt", "ack_critical"),
            case="critical open",
            why=("every document was attached", "CR-01"),
        ),
        pdf("paiement.pdf", "Preuve de paiement"),
    )

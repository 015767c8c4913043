"""Whom the words point at: another person in a mail stops it, a family and a denied pointer do not (`domain.md` 3)."""

from __future__ import annotations

import pytest

from tests.unit.identities import said

WIFE = "Amara Okonjo-Reyes (born 30 June 1984, UCI 11-2222-3333)"
BROTHER = "Kofi Okonjo-Reyes (born 2 March 1980, UCI 99-8888-7777)"
FEMME = "Amara Okonjo-Reyes, née le 30 juin 1984, IUC 11-2222-3333"
FRERE = "Kofi Okonjo-Reyes, né le 2 mars 1980, IUC 99-8888-7777"
STRANGER = "Tomás Belvedere (born 3 February 1981, UCI 99-8888-7777)"
INCONNU = "Tomás Belvedere, né le 3 février 1981, IUC 99-8888-7777"
POINTS_ELSEWHERE = (
    f"Kindly file the enclosed contract under {BROTHER}. {WIFE} is his sister.",
    f"These transcripts are for {STRANGER}. His wife, {WIFE}, has a file of her own.",
    f"This goes with the application of Mr. {BROTHER}, not that of his wife {WIFE}.",
    f"The bank letter is that of Mr. {STRANGER}. We also act for Ms. {WIFE}.",
    f"Please attach this to Mr. Tomás Belvedere's file. His wife is {WIFE}; he is {STRANGER}.",
    f"The pages concern {STRANGER}. {WIFE} is only the sponsor.",
    f"Les relevés concernent M. {INCONNU}. Son épouse, Mme {FEMME}, n'a rien à ajouter.",
    f"À classer au dossier de M. {FRERE}. Sa sœur, Mme {FEMME}, vous écrira.",
    f"Ce bail appartient à M. {INCONNU}. Mme {FEMME} est sa répondante.",
    f"Les documents sont pour M. {INCONNU}. Sa conjointe, Mme {FEMME}, a son propre dossier.",
    f"Le passeport ci-joint est celui de M. {FRERE}; celui de Mme {FEMME} suivra.",
    "Client: Amara Okonjo-Reyes, born 30 June 1984. Ms. Okonjo-Reyes, born 30 July 1984, signed.",
    "Cliente : Amara Okonjo-Reyes, née le 30 juin 1984. Mme Okonjo-Reyes (DDN 1985-06-30) a signé.",
    "Client: Amara Okonjo-Reyes, DOB 30/06/48.",
    "Cliente : Amara Okonjo-Reyes, DDN 28-06-84.",
    "Amara Okonjo-Reyes, DOB June 29, 84, UCI n/a.",
    "Client: Amadou Okonjo-Reyes, born 30 June 1984.",
    "Documents of Alima Okonjo-Reyes, born 30 June 1984, attached.",
    "Documents de M. Tomás Belvedere, né le 30 juin 1984.",
    "Amara Okonjo-Reyes, born 30 June 1984 according to your file, though actually 3 June 1984.",
    "Amara Okonjo-Reyes, née le 30 juin 1984 d'après vos dossiers, en fait le 3 juin 1984.",
    "Amara Okonjo-Reyes; her UCI per your letter is 99-8888-7777.",
)
POINTS_AT_THE_RECORD = (
    f"Applicant: {WIFE}\nSpouse: {BROTHER}\nThe photos are for Ms. Okonjo-Reyes's application.",
    f"{WIFE} is the principal applicant; her husband {BROTHER} is on the same application. His passport is attached.",
    f"Please put the birth certificate of her son Ekow Okonjo-Reyes (born 5 May 2015) on the file of {WIFE}.",
    f"For the file of Mme {WIFE}, not for the file of her brother {BROTHER}.",
    f"Au dossier de Mme {FEMME}, et non au dossier de son frère, M. {FRERE}.",
    f"Mme {FEMME}, demanderesse. Son conjoint, M. {INCONNU}, est inclus dans la demande. Son passeport est joint.",
    f"Le dossier de Mme {FEMME}. Acte de naissance de sa fille Esi, née le 5 mai 2015.",
    "Client: Amara Okonjo-Reyes, DOB 30/06/84, UCI 11-2222-3333.",
    "Cliente : Amara Okonjo-Reyes, née le 30 juin 84.",
    "Client: Amarah Okonjo-Reyes, born 30 June 1984.",
    "Client: A. Okonjo-Reyes, born 30 June 1984.",
    "Client: Amara Okonjo-Reyes, DOB 06/05/84, UCI 11-2222-3333.",
    f"The letter from the employer, Tomás Belvedere, is for the work permit of {WIFE}.",
    f"Invitation by our constituent Tomás Belvedere for {WIFE}.",
    f"Dear Sarah, please find the lease of {WIFE}. The landlord is Tomás Belvedere.",
    "Bank Statements, Marriage Certificate (12 May 2019) for Amara Okonjo-Reyes, born 30 June 1984.",
    f"I spoke with officer Tomás Belvedere about the file of {WIFE}.",
    f"Sponsor's tax notice (Tomás Belvedere, DOB 1981-02-03) for the application of {WIFE}.",
    f"Avis de cotisation du garant, Tomás Belvedere, né le 3 février 1981, pour la demande de Mme {FEMME}.",
    f"Two files: the passport of Ekow Okonjo-Reyes (DOB 2015-05-05), child of {WIFE}, and hers.",
)


@pytest.mark.parametrize("text", POINTS_ELSEWHERE)
def test_words_that_make_it_somebody_elses_stop_the_mail(text: str) -> None:
    assert said(text).contradicted


@pytest.mark.parametrize("text", POINTS_AT_THE_RECORD)
def test_a_family_and_a_denied_pointer_stop_nothing(text: str) -> None:
    found = said(text)
    assert found.agrees
    assert not found.contradicted

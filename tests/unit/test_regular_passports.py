"""A regular Canadian passport goes to the Regional Enquiries Unit; every other one stays (`domain.md` R0-3, 6).

Foreign passports, refugee travel documents, certificates of identity, and passports that are papers in an immigration
application stay. A death abroad does not make a passport matter another one.
"""

from __future__ import annotations

import pytest

from tests.unit.enquiries import asked

REGULAR_EN = (
    "Our constituent's passport renewal was mailed in August and there is no sign of the book.",
    "He is a Canadian citizen; his passport renewal went in nine weeks ago and the cheque has not cleared.",
    "Mrs. Boyle sent her old passport with the renewal form in September. Where is the new one?",
    "She applied for a Canadian passport in September and flies on Friday.",
    "Can an adult passport be renewed online?",
    "Which PPTC form does a sixteen-year-old use?",
    "How long is the wait at the passport office in Kitchener?",
    "His father died in Dundee and he finds his Canadian passport expired in June. Is there a faster counter?",
    "His passport renewal is stuck and the funeral in Lisbon is on Saturday.",
    "The new passport that came for Mr. Roy has his name spelled wrong. Who pays?",
    "Six passport forms left our office in one envelope and one book has not come back.",
    "The father will not sign their daughter's passport application. What does the passport office accept instead?",
    "She needs a first passport for her baby, born in Moncton. What does the guarantor sign?",
    "Is a guarantor needed for a passport renewal?",
    "How much is the fee for a ten-year passport?",
    "He lost his passport at the hotel in Varadero and is back home. Must he declare it lost?",
    "Her passport was stolen in Lisbon; she is Canadian.",
    "His passport went through the wash. Is it still good?",
    "Her dog chewed her Canadian passport and she flies on Thursday.",
    "Born in Gander, he finds his passport expired. Can he get one in two days?",
    "Where does one order an emergency passport for a Canadian in Cuba?",
    "The passport photos of our constituent were returned twice by the passport program.",
    "Service Canada took her passport application in August and nothing has come.",
    "The express service for passports at Calgary says the next opening is the 16th.",
    "He paid for urgent passport service and the passport has not been printed.",
    "Does the Fredericton passport office take walk-ins?",
    "She changed her name when she married. Does she apply for a new passport?",
    "Our constituent wants to know how to renew a child's passport when the parents live apart.",
    "Passport Canada has not answered about the renewal for Mr. and Mrs. Doyle.",
    "The passport of a Canadian senior in our riding has been at the passport office for ten weeks.",
)
REGULAR_FR = (
    "Le renouvellement de passeport de madame a été posté en août et rien n'est arrivé.",
    "Il est citoyen canadien; son renouvellement de passeport est parti il y a neuf semaines.",
    "Notre électrice a lavé son passeport avec ses jeans. Faut-il le déclarer perdu?",
    "Son passeport est périmé et il part jeudi. Le bureau de Fredericton peut-il faire vite?",
    "Née à Trois-Pistoles, elle n'a jamais eu de passeport. Quel formulaire remplir?",
    "La demande de passeport de M. Lemelin, citoyen né à Alma, a été postée avec son ancien passeport.",
    "Le passeport pour adulte se renouvelle-t-il en ligne?",
    "Combien coûte un passeport de dix ans?",
    "Le père refuse de signer le formulaire de passeport de sa fille, née à Longueuil.",
    "Quel est le délai au bureau des passeports de Québec?",
    "Son père est mort à Lyon et son passeport canadien est échu depuis juin. Y a-t-il un comptoir plus rapide?",
    "Le renouvellement de son passeport traîne et les funérailles à Lisbonne sont samedi.",
    "Le nouveau passeport de M. Roy porte un prénom mal écrit. Qui paie?",
    "Il a perdu son passeport à Varadero et il est de retour. Doit-il le déclarer perdu?",
    "Elle s'est fait voler son passeport à Lisbonne; elle est canadienne.",
    "Le chien a mangé son passeport canadien et elle part jeudi.",
    "Faut-il un répondant pour un renouvellement de passeport?",
    "Les photos de passeport ont été refusées deux fois par le Programme de passeport.",
    "Service Canada a pris sa demande de passeport en août.",
    "Elle a payé le service express et son passeport n'est pas imprimé.",
    "Le bureau des passeports de Gatineau reçoit-il sans rendez-vous?",
    "Comment faire renouveler le passeport d'un enfant dont les parents sont séparés?",
    "Elle a changé de nom au mariage : faut-il un nouveau passeport?",
    "Quel formulaire PPTC pour un jeune de seize ans?",
    "Un passeport d'urgence pour un Canadien à Cuba, où le demander?",
    "Le suivi de Postes Canada de sa demande de passeport s'arrête à Gatineau.",
    "Passeport Canada ne répond pas à notre citoyen au sujet de son renouvellement.",
    "Le premier passeport du bébé, né à Moncton, se demande comment?",
    "Son passeport canadien est abîmé : la page de la photo est décollée.",
    "Notre concitoyenne, citoyenne canadienne, attend son passeport depuis dix semaines.",
)
STAYS_EN = (
    "The refugee travel document was requested in March.",
    "His certificate of identity is late.",
    "Her foreign passport was taken by the employer.",
    "She lost her passport, and the visa in it must be printed again.",
    "IRCC lost his passport in October.",
    "His passport was seized by CBSA.",
    "The visa office asked for her passport in June and has had it since.",
    "His work permit was issued only to the end of his passport. Can it be corrected once he renews his passport?",
    "He must renew his Colombian passport before the permit can be extended.",
    "She sent her passport to the visa application centre and it has not come back.",
    "The passport request for V306112094 came, and he mailed his passport to Ankara.",
    "Their Afghan passports have expired and the embassy is closed. Can the PR visas be put on another paper?",
    "The husband keeps her passport and her phone.",
    "The boss holds the passports of the six workers.",
    "Does a permanent resident need a valid passport to renew the PR card?",
    "He renewed his Iranian passport, and now the Minister applies for cessation.",
    "The copy of the passport in the sponsorship file is hard to read.",
    "He travels on a refugee travel document, not a passport. How long does a renewal take?",
    "The passport number on her study permit is wrong.",
    "Her Ukrainian passport was renewed; does the visitor record follow?",
    "The flood took their passports and their PR cards.",
    "Passport and visas of the family are at the consulate in Lagos.",
    "The embassy of Haiti no longer issues passports; how can she show her identity for the PR file?",
    "His stolen passport held the confirmation of permanent residence.",
    "He is a refugee claimant and the border agency has his passport.",
    "She became a citizen in May; when is her citizenship ceremony?",
    "Is an expired Indian passport enough for the super visa?",
    "He applied for a passport of his own country, and it is late; can his work permit wait?",
    "Does the biometrics letter name the passport?",
    "A new passport from Nigeria came; how does he link it to his eTA?",
)
STAYS_FR = (
    "Le titre de voyage pour réfugié a été demandé en mars.",
    "Le certificat d'identité est en retard.",
    "Son passeport étranger a été gardé par l'employeur.",
    "Elle a perdu son passeport, et le visa qui s'y trouve doit être refait.",
    "IRCC a égaré son passeport en octobre.",
    "Son passeport a été saisi par l'ASFC.",
    "Le bureau des visas a demandé son passeport en juin et le garde depuis.",
    "Son permis de travail finit avec son passeport; peut-on le prolonger quand il aura un nouveau passeport?",
    "Il doit renouveler son passeport colombien avant de prolonger le permis.",
    "Elle a envoyé son passeport au centre de réception des demandes de visa et rien n'est revenu.",
    "La demande de passeport original est arrivée pour V306112094.",
    "Leurs passeports afghans sont expirés et l'ambassade est fermée.",
    "Le mari garde son passeport et son téléphone.",
    "Le patron tient les passeports des six travailleurs.",
    "Faut-il un passeport valide pour renouveler la carte de résident permanent?",
    "Il a renouvelé son passeport iranien et le ministre demande la perte de l'asile.",
    "La copie du passeport au dossier de parrainage est illisible.",
    "Il voyage avec un titre de voyage et non un passeport. Combien dure un renouvellement?",
    "Le numéro de passeport sur son permis d'études est faux.",
    "Son passeport ukrainien est renouvelé; la fiche de visiteur suit-elle?",
    "L'inondation a emporté leurs passeports et leurs cartes RP.",
    "Les passeports et les visas de la famille sont au consulat de Lagos.",
    "L'ambassade d'Haïti ne délivre plus de passeports; comment prouver son identité pour la résidence permanente?",
    "Son passeport volé contenait la confirmation de résidence permanente.",
    "Il demande l'asile et l'agence frontalière garde son passeport.",
    "Elle est citoyenne depuis mai; à quand la cérémonie?",
    "Un passeport indien expiré suffit-il pour le super visa?",
    "Il a demandé un passeport de son pays, qui tarde; son permis de travail peut-il attendre?",
    "La lettre de biométrie nomme-t-elle le passeport?",
    "Un nouveau passeport du Nigéria est arrivé; comment le lier à son AVE?",
)


@pytest.mark.parametrize("text", [*REGULAR_EN, *REGULAR_FR])
def test_a_regular_canadian_passport_goes_to_the_regional_unit(text: str) -> None:
    assert asked(text).passport


@pytest.mark.parametrize("text", [*STAYS_EN, *STAYS_FR])
def test_another_passport_stays(text: str) -> None:
    assert not asked(text).passport


def test_thirty_sentences_each_way_in_each_language() -> None:
    assert [len(group) for group in (REGULAR_EN, REGULAR_FR, STAYS_EN, STAYS_FR)] == [30, 30, 30, 30]

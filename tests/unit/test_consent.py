"""What states that the office holds the person's consent, and what only speaks of consent (`domain.md` 3)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.triage.consent import statement

# fmt: off
STATED = (
    "The client signed our consent form on October 1 and it’s kept at the office.",
    "Monsieur nous a autorisés par écrit à agir dans son dossier le 12 octobre.",
    "Son autorisation écrite est dans nos dossiers.", "Consent as before, at our office.",
    "Consent on hand, dated Oct 28.", "We’ve his signed authorization.", "Her consent is on file.",
    "We have his consent in writing.", "He gave us written consent.", "Consentement écrit au dossier.",
    "She has given us written permission.", "pls upload, we have signed consent. Colton",
    "Signed consent was sent to you in 2025 and a fresh one is here as well.", "Son accord écrit date du 30 octobre.",
    "Il nous a remis son consentement signé.", "J'ai son consentement écrit.",
    "Signed consent attached along with it.", "She gave consent in writing, at the shelter... at our office I mean.",
    "Her signed consent is with us.", "He consented in writing on Oct 5.", "He’s signed for us to act.",
    "Consentement signé en notre possession.", "Consent signed by the couple.",
    "He’s consented, and I hold a signed IMM 5476.", "Consent form dated Nov 10 is attached too.",
    "J'ai sa signature pour le consentement.", "Group has his signed\nconsent and so do we.",
    "Consent in writing obtained.", "Both he and his mother consented in writing.",
    "20 février 2002, IUC 11-3297-0818, consentement de la famille signé", "Signed consent is at the office.",
    "The family has consented in writing to our handling this.", "Il a signé l'autorisation, copie ci-jointe.",
    "Consent signed Nov 2.", "His widow has signed the consent.", "She has signed for our office to assist.",
    "Written consent obtained on the 9th.", "Consentement signé par les deux parents.",
    "They signed consents in front of their grandson.", "Autorisation signée au bureau de Bathurst.",
    "Consent on file since summer.", "Consent given in writing by him through his lawyer.",
    "Le groupe parrain et lui-même ont donné leur consentement par écrit au sénateur.", "Autorisation écrite reçue.",
    "She’s given us her signed OK.", "Consent held.", "Consent attached.",
    "He signed consent with us back in August.", "Consentement écrit transmis en juin et renouvelé ce mois-ci.",
    "She has authorized Ms. Tulloch-Quaye’s office in writing.", "Le Dr Belkacem-Savary a consenti par écrit.",
    "Consent taken at the centre, signed.", "Elle a signé le formulaire de consentement du bureau.",
    "consent is signed", "Written consent’s here.", "Signed consent / consentement signé.",
    "M. Haroun et Madame ont consenti par écrit.", "Privacy Act consent form attached", "authorization on file",
    "nous avons le consentement écrit", "autorisation signee", "Nous détenons le consentement écrit de la cliente.",
    "Our office holds her written consent.", "We hold the written consent.", "Consent: yes", "Consent: on file",
    "Consentement : oui", "UCI: n/a, consent on file", "No UCI yet, signed consent on file.",
    "As requested, the signed consent form is attached.",
    "Signed consent is on file and can be provided upon request.",
    "We have consent on file, please let us know if you need a copy.", "☒ Consent on file",
    "Veuillez noter que le consentement signé est au dossier.",
    "Nous avons obtenu\nl'autorisation écrite de Mme Roy.", "Le client nous a donné son autorisation.",
    "Attached: passport copy, consent form and two photos.", "Documents enclosed:\n- Signed consent form\n- Passport",
    "Elle consent à ce que notre bureau agisse en son nom.",
    "The constituent has authorised our office to act on her behalf.",
    "I hereby authorize my MP to obtain information on my file.",
    "Please find attached her passport and the signed consent form.",
    "We are in possession of a signed authorization.", "Consent was obtained May 5.",
    "Un consentement signé est joint.", "Formulaire de consentement ci-joint.",
    "Our constituent signed an IMM 5475, attached.", "She consents to our office acting for her and signed the form.",
    "Consent to share her information with our office is on file.", "Consentement reçu par courriel le 3 mai.",
    "We have the client's consent on file; the original will follow by mail.",
    "Signed consent on file, will send the original if needed.", "I have the client's signed consent form on file.",
    "Our constituent has provided written consent for our office to inquire.",
    "Please note we have obtained signed authorization from the applicant.",
    "A signed privacy release is on file with our office.", "Consent: Signed, October 3, 2026", "Signed consent: Yes",
    "Consent obtained: yes (Nov 2)", "Written authorization from Mr. Adeyemi is attached to this e-mail.",
    "The consent form is included in the PDF.", "I can confirm that we have the constituent's written consent.",
    "Ms. Roy signed a consent form at our office.", "Mrs. Cole authorised our office in writing.",
    "We have received the client's consent to act on his behalf.",
    "The applicant consents to the release of information to our office, form attached.",
    "Attached please find: 1) passport 2) signed consent 3) letter", "Her signed authorization is enclosed.",
    "Both spouses have signed consent forms.", "We've got written consent.", "consent on file.",
    "Consent dated 2026-10-30 on file", "Client consent is on record at our office.",
    "With his written consent, we are sending the following.", "Sent with her signed consent.",
    "Her mother, who holds power of attorney, signed the consent form.",
    "He consents in writing to our office handling the file.", "Our office is in receipt of signed consent.",
    "Consentement: signé", "Consentement écrit : oui",
    "Nous avons en main l'autorisation signée de notre commettant.",
    "Le consentement signé par la cliente est conservé à notre bureau.",
    "Mme Roy a signé notre formulaire de consentement.",
    "Vous trouverez ci-joint le formulaire de consentement signé.",
    "Veuillez trouver ci-joint le consentement de M. Diallo.",
    "Je confirme que nous avons le consentement écrit de la personne concernée.",
    "Notre bureau a obtenu son consentement.", "L'électeur a autorisé notre bureau à agir en son nom.",
    "Elle nous a autorises par ecrit a la representer.", "Consentement ecrit obtenu le 3 mai.",
    "Consentement en dossier.", "Avec son consentement écrit, nous vous transmettons ceci.",
    "Monsieur a donné son consentement par écrit.", "La famille a signé le consentement, copie au bureau.",
    "Autorisation écrite au dossier depuis mai.", "Nous sommes en possession du consentement signé.",
    "Le formulaire d'autorisation dûment signé est joint.", "Ci-joint : passeport, consentement signé, lettre.",
    "Nous avons obtenu l’autorisation\nécrite de la cliente pour agir.",
    "Our constituent, whom we have not met in person, has signed the consent form.",
    "We do not have a UCI for her; written consent is on file.",
    "The client does not speak English, but she signed our consent form with an interpreter.",
    "We hold Ms. Tran's consent.", "Client's signed consent attached - please upload.",
    "Consent was given by the client on October 5.", "Please see the attached consent form.",
    "Consent form and passport attached.", "I have her authorization to contact you.",
    "Client has given permission in writing.", "Hi there, I've attached the consent form along with her passport.",
    "Form signed by the client (consent) is in our file.", "We keep his signed consent in our office.",
    "Signed authorization form on file at the Maple North office.",
    "Please find signed consent form attached herewith for your records.",
    "The constituent came in on Friday and signed the consent form.", "A consent form has been signed by Mr. Ito.",
    "Mr. and Mrs. Ito have both given their written consent.", "consent form - signed and attached",
    "Consent received.", "Consent form completed and on file", "I am attaching the consent that he signed on Monday.",
    "The client's son signed the consent on her behalf under a power of attorney.",
    "Documents: passport copy, police certificate, signed consent.", "MP consent form: attached",
    "Consent/Authorization: on file", "Privacy waiver signed and on file.", "Privacy consent attached.",
    "Written consent was provided by the applicant on 2026-10-12.", "She did give us her written consent in October.",
    "Her consent, signed in June, is on file.", "We confirm having the client's written consent.",
    "He agreed in writing that our office may act for him; consent on file.",
    "Authorization to act signed by client, on file.", "Client has signed IMM 5475, which is on file.",
    "Consent signed and dated.", "Consentement dûment signé.", "Consentement signé ci-joint, merci.",
    "Nous avons bien son consentement.", "La personne concernée a donné son consentement écrit à notre bureau.",
    "Une autorisation écrite de Monsieur figure à notre dossier.",
    "Formulaire de consentement rempli et signé, voir pièce jointe.",
    "J’ai obtenu l’autorisation écrite de la famille.", "Madame nous autorise par écrit à communiquer avec vous.",
    "Le commettant a rempli notre formulaire de consentement.",
    "Nous possédons une autorisation signée de la commettante.", "Consentement : reçu le 12 octobre",
    "Il y a un consentement signé au dossier.", "Pièces jointes : formulaire de consentement, passeport.",
    "Je vous confirme que le consentement de la cliente est au dossier du bureau.",
)
NOT_STATED = (
    "consent is not on file yet", "we will obtain consent", "nous n'avons pas encore le consentement",
    "consent form to follow", "Do we need consent?", "Is consent on file?", "Has she signed the consent form?",
    "Please confirm whether you have her consent on file.", "If consent is signed, we will send it.",
    "Once the consent form is signed we will forward it.", "We are waiting for her signed consent.",
    "We have asked her for her written consent.", "We have requested the signed consent from the client.",
    "Le consentement suivra.", "Le consentement signé suivra demain.", "Aucun consentement au dossier.",
    "Sans consentement écrit.", "Elle n'a pas signé le formulaire de consentement.",
    "Nous attendons le consentement écrit de la cliente.", "Nous avons demandé son consentement écrit.",
    "Dès que le consentement est signé, nous l'enverrons.", "Si le consentement est requis, dites-le-nous.",
    "She refused to sign the consent form.", "She has withdrawn her consent.",
    "We sent her the consent form to sign.", "We have sent the constituent a consent form.",
    "We have only verbal consent.", "Consentement verbal seulement.", "Consent: no", "Consent: pending",
    "Consentement : non", "Consentement : en attente", "☐ Consent on file",
    "He has consent from the father to travel with the child, letter attached.",
    "Parental consent letter for travel attached.",
    "Attached is the father's notarized consent for the child to travel.", "She signed the consent to the surgery.",
    "Copy of her electronic travel authorization attached.", "He has authorization to return to Canada, attached.",
    "She is authorized to work in Canada.", "Son autorisation de travail est jointe.",
    "Il est autorisé à travailler.", "Autorisation de voyage électronique ci-jointe.",
    "Her lawyer has signed consent.", "He signed an authorization for his lawyer.",
    "Please send us the consent form.", "Unsigned consent form attached.",
    "Blank consent form attached for her to sign.",
    "We have not received the passport, the signed consent form, or the photos.", "Consent on file, but not signed.",
    "Consent form attached, not yet signed.", "consent", "Please upload. Boarding passes. Wes",
    "I hold a signed IMM 5476.", "We consent to e-mail.", "We have her consent to communicate by e-mail.",
    "Consent required.", "We need signed consent.", "His consent expired in 2024, attached for reference.",
    "Formulaire de consentement à signer ci-joint.", "We do not have his passport and signed consent.",
    "The consent form hasn't been signed.", "I haven't got her signed consent.",
    "We're still working on getting signed consent.", "We expect the signed consent next week.",
    "Le formulaire de consentement n'est pas encore signé.", "On n'a pas son consentement écrit.",
    "Nous obtiendrons l'autorisation écrite.", "Nous lui avons envoyé le formulaire de consentement.",
    "Pending consent, please upload.", "The consent has yet to be signed.",
    "Lettre de consentement au voyage de l'enfant ci-jointe.", "Consent to follow under separate cover, signed.",
    "Permission to work attached.", "We do not yet have consent on file.",
    "I will get her consent signed and sent to you.", "Consent will be sent next week.",
    "The signed consent will follow shortly.", "She will sign the consent form tomorrow.",
    "We have yet to receive the signed consent form.", "The consent form was never signed.",
    "No signed consent on file.", "There's no consent on file.", "Without her written consent we cannot act.",
    "Could you tell us if consent is on file", "I don't think we have her consent.",
    "Should we send the signed consent?", "When we have signed consent, we'll send it.",
    "Provided she signs the consent form, we will upload it.", "In case consent is on file, please upload.",
    "Assuming consent is on file, please upload.", "Subject to receiving signed consent.",
    "Is written consent necessary for this", "Client hasn't consented.", "He refuses to give written consent.",
    "She revoked her signed consent on Oct 1.", "The signed consent was lost.", "Waiting on consent form.",
    "Our consent form is with the client for signature.", "We gave her our consent form.",
    "I mailed him the authorization form last week.", "Please provide the written consent form template.",
    "Consent is needed from the applicant.", "What consent do you hold?", "Nous n'avons pas son consentement écrit.",
    "Nous n'avons toujours pas reçu l'autorisation signée.",
    "Le client signera le formulaire de consentement demain.", "Le formulaire de consentement vous sera envoyé.",
    "Dès réception du consentement signé, nous vous le ferons parvenir.", "Avez-vous son consentement au dossier?",
    "Est-ce que le consentement signé est nécessaire", "Il refuse de donner son consentement écrit.",
    "Elle a retiré son consentement.", "Le consentement signé a été perdu.",
    "Nous lui avons remis notre formulaire de consentement.", "Sous réserve du consentement écrit de la cliente.",
    "En attente du consentement signé.", "Le consentement n’est pas signé.",
    "Il n’y a aucun consentement au dossier.", "Le client a donné son accord verbal.",
    "Formulaire de consentement vierge ci-joint.", "Si la cliente a signé le consentement, envoyez-le.",
    "À défaut de consentement écrit, le dossier sera fermé.", "Merci de nous envoyer le consentement signé.",
    "Please send us her signed consent.", "Please have the client sign the attached consent form.",
    "You must have written consent on file.", "The doctor obtained the patient's consent for the operation.",
    "The father's written consent for Amina's travel is attached.",
    "Consent of the other parent to the child's immigration is attached.",
    "Consentement écrit du père pour le voyage de l'enfant ci-joint.", "His study permit authorization is attached.",
    "A letter of authorization to enter Canada is attached.", "She is an authorized representative, attached.",
    "The visa office said consent is on file.", "The officer asked for signed consent.",
    "Consent form: to be provided", "Consent: n/a", "Consent: not on file", "Consent: TBD", "Consent (signed): no",
    "Consentement signé : non", "[ ] Signed consent on file", "We are obtaining her written consent.",
    "Her consent is being obtained.", "They are in the process of signing the consent form.",
    "Consent is only verbal, by phone.", "We had her consent, but she has since withdrawn it.",
    "This e-mail is sent without the client's consent on file.", "Nobody signed the consent form.",
    "Neither of them has signed the consent form.", "None of the family members has given consent.",
    "She failed to sign the consent form.", "Consent form still outstanding, passport attached.",
    "I forgot to attach the signed consent.", "Kindly send the consent form.",
    "Consent form required before we proceed.", "The consent form will be attached to my next e-mail.",
    "We are going to have her sign our consent.", "Client is thinking about giving consent.",
    "Can't find the signed consent.", "Her consent form is incomplete and was returned.",
    "The attached consent form has no signature.", "She signed the form but not the consent.",
    "Consent has been refused by the applicant.", "Consent not signed, letter attached.",
    "Is there a consent form on file for this client", "What do we do about consent",
    "I will forward consent when received.", "The client is away so written consent is not possible now.",
    "Our office does not hold consent.", "We haven't any written consent from the family.",
    "Once she has signed consent, I'll write again.", "The consent form is missing a signature.",
    "She would have signed consent if asked.", "Consentement requis.", "Le consentement reste à obtenir.",
    "Il faudrait un consentement signé.", "Nous ne détenons pas de consentement.",
    "Nous sommes dans l'attente du consentement écrit.", "Le consentement de la cliente n'a pas été obtenu.",
    "Pas de consentement signé.", "Aucune autorisation écrite.", "J'enverrai le consentement signé lundi.",
    "Elle doit signer le consentement.", "Consentement oral obtenu par téléphone.",
    "Le formulaire de consentement, non signé, est joint.", "Il manque le consentement signé.",
    "Je lui ai envoyé l'autorisation à signer.", "Faites signer le formulaire de consentement ci-joint.",
    "Le consentement signé arrivera par la poste.", "Her electronic travel authorization (eTA) is attached.",
    "By consent of the parties the hearing was adjourned, order attached.",
    "The judge gave the consent order, attached.", "He has written authorization to work from the employer.",
    "Copy of her authorized stay attached.", "Temporary authorization letter from the employer attached.",
)
# fmt: on


@pytest.mark.parametrize("text", STATED)
def test_a_statement_of_consent_is_found(text: str) -> None:
    assert statement(text)


@pytest.mark.parametrize("text", NOT_STATED)
def test_what_is_denied_asked_to_come_or_about_something_else_is_none(text: str) -> None:
    assert statement(text) == ""


def test_the_words_stand_as_they_were_written() -> None:
    text = "Bonjour,\n\nDocuments joints. Nous avons le CONSENTEMENT écrit de Mme Roy. Merci."
    assert statement(text) == "Nous avons le CONSENTEMENT écrit de Mme Roy."


@pytest.mark.parametrize(
    "text",
    [
        "UCI: n/a\nConsent: signed\nPassport: not available",
        "Hello,\n\nThe permit will expire soon. Her consent is on file. We need an answer by Friday.",
        "No passport yet - signed consent on file",
        "She needs an answer by Friday and we have her signed consent.",
        "Nous attendons toujours le passeport; consentement signé au dossier.",
        "Do you have the passport? We have signed consent.",
        "Amira N. Vera has signed our consent form.",
    ],
)
def test_a_no_about_something_else_takes_nothing_back(text: str) -> None:
    assert statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "We asked for her passport and consent.",
        "Consent: no\nPassport: signed",
        "Attached: passport, photos.\nConsent to follow.",
        "The signed consent was on file until she withdrew it.",
        "Consent\n\nPapers attached, signed.",
    ],
)
def test_a_yes_about_something_else_gives_nothing(text: str) -> None:
    assert statement(text) == ""


@given(st.sampled_from(STATED), st.integers(0, 2))
def test_case_accents_and_form_do_not_matter(text: str, how: int) -> None:
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    assert statement((text.upper(), plain, unicodedata.normalize("NFD", text))[how])


@given(st.sampled_from(STATED), st.sampled_from(("Is it so that ", "We wonder: ", "Est-ce vrai : ", "")))
def test_a_question_states_nothing(text: str, before: str) -> None:
    one = text.rstrip(".").replace(".", " ").replace(";", " ").replace("\n", " ")
    assert statement(f"{before}{one}?") == ""


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert len(statement(text)) <= 300


NO_CONSENT = "papers attached letter the signed form we have on file passport here nous avons le dossier joint . , \n"


@given(st.lists(st.sampled_from(NO_CONSENT.split(" ")), max_size=30).map(" ".join))
def test_without_a_word_for_consent_there_is_no_statement(text: str) -> None:
    assert statement(text) == ""

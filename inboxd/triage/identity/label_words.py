"""The words of labels (`domain.md` 3) in English and French, as patterns on folded text: who, and what.

Patterns only; `labels` reads with them.
"""

from __future__ import annotations

APPLICANT_WORD = (
    r"(?:(?:principal|main|primary) )?(?:applicants?|clients?|cliente|constituents?|claimant|candidate|pa|p\.a\.)"
    r"|person(?: concerned)?|personne concernee|individual|commettante?s?|electeurs?|electrices?|citoyen(?:ne)?"
    r"|(?:demandeur|demandeuse|demanderesse|requerante?|candidate?)(?: principale?)?"
)
RELATIVE_WORD = (
    r"spouse|husband|wife|(?:common-law |conjugal )?partner|co-?applicant|(?:secondary|accompanying) (?:applicant"
    r"|spouse)"
    r"|co-?sponsor|sponsors?|child|children|son|daughter|mother|father|parents?|brother|sister|sibling|twin|cousin"
    r"|uncle"
    r"|aunt|nephew|niece|grand(?:mother|father|son|daughter|child|parents?)|(?:non-)?(?:accompanying )?depend[ae]nts?"
    r"|guardian|fiancee?|family members?"
    r"|conjointe?|epou(?:x|se)|mari|femme|partenaire|co-?demandeur|co-?demanderesse|garante?|repondante?|parraine?"
    r"|marraine|parrain|enfants?|fils|fille|mere|pere|frere|s(?:oeu|ou)r|jum(?:eau|elle)|personnes? a charge"
    r"|tut(?:eur|rice)"
    r"|oncle|tante|neveu|niece|membres? de la famille"
)
OFFICE_WORD = (
    r"contact|contact person|staff|staff member|staffer|case ?worker|assistant|office|mp|m\.p\.|mps?|member|mpp|mla"
    r"|senator"
    r"|sender|officer|agent|representative|lawyer|counsel|consultant|doctor|physician|employer|school|riding|file"
    r"|company"
    r"|constituency|document|user|account|bank|family doctor|prepared by|submitted by|sent by|from|your|my|our"
    r"|personne[- ]ressource|ressource|senat(?:eur|rice)|deputee?|bureau|adjointe?|expediteur|expeditrice|agente?"
    r"|representante?|avocate?|medecin|employeur|ecole|circonscription|fichier|dossier|soumis par|envoye par|votre|mon"
)
ROLE = rf"(?:{APPLICANT_WORD}|{RELATIVE_WORD}|{OFFICE_WORD})"
NAME = r"(?:full |complete |legal )*names?(?: in full)?|noms?(?: complets?| legal)?"
FAMILY = r"family[ -]names?|last[ -]?names?|surnames?|nom(?:s|\(s\))? de famille|patronyme"
GIVEN = r"given[ -]names?|first[ -]?names?|forenames?|prenom(?:\(s\)|s)?"
BOTH = (
    rf"(?:{FAMILY}) ?(?:,|/|&|and|et) ?(?:{GIVEN})|(?:{GIVEN}) ?(?:,|/|&|and|et) ?(?:{FAMILY}|nom)"
    rf"|noms? ?(?:,|/|&|et) ?(?:{GIVEN})|(?:{NAME}) ?/ ?(?:{NAME})"
)
BIRTH = (
    r"d\. ?o\. ?b\.?|d ?o ?b(?![a-z])|date of birth|birth[ -]?date|birthday|date de naissance|date de naiss\."
    r"|d\. ?d\. ?n\.?"
    r"|d ?d ?n(?![a-z])"
)
UCI = (
    r"u\. ?c\. ?i\.?|uci(?![a-z])|i\. ?u\. ?c\.?|iuc(?![a-z])|client[ -]?id(?:entification)?(?![a-z])|cid(?![a-z])"
    r"|id(?:entifiant)?(?: du| de la| de)? cliente?|unique client identif(?:ier|ication)"
    r"|identificateur unique(?: du| de)? client|client (?:number|no\.?|\#)|(?:numero|no\.?) (?:de |du |de la )cliente?"
)
NUMBERED = r"(?: ?(?:numbers?|numero|no\.?|nos\.?|num\.?|\#))?"
TYPE = (
    r"type of application|application type|type d'application|type de (?:la )?demande|type|stream|program(?:me)?|lob"
    r"|line of business|categor(?:y|ie)|secteur d'activite"
)
DESCRIPTION = (
    r"(?:list of )?(?:documents?|files?)(?: (?:attached|enclosed|submitted|included|joints?|annexes?))?|attached"
    r"|enclosed"
    r"|attachments?|enclosures?|(?:documents?|fichiers?) joints?|pieces?(?: jointes?)?|re|ref|objet|raison|reason"
    r"|description(?: of (?:the )?documents?| des documents)?|ci-joints?"
)
OTHER = (
    r"tel(?:ephone)?|phone|cell(?:ulaire|phone)?|mobile|fax|telecopieur|e-?mail|courriel|address|adresse|sex|gender"
    r"|sexe|genre"
    r"|citizenship|citoyennete|nationality|nationalite|country|pays|passport|passeport|application|app|file|dossier"
    r"|demande"
    r"|numero de (?:la )?(?:demande|dossier)|no de (?:la )?(?:demande|dossier)|status|statut|marital status|etat civil"
    r"|place of birth|country of birth|lieu de naissance|pays de naissance|date|sent|to|cc|subject|language|langue"
    r"|relationship"
    r"|lien(?: de parente)?|riding|circonscription|consent|consentement|authori[sz]ation|autorisation|middle names?"
    r"|maiden name|nom de jeune fille|alias|aka|a\.k\.a\.|availabilit(?:y|ies)|disponibilites?|notes?|province"
    r"|visa office"
)

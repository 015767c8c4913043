"""The words of `consent`, on folded text: what consent is called, what shows that it was given, what shows that not.

Patterns only; nothing in here decides. English and French side by side, most telling first.
"""

from __future__ import annotations

import re

OTHER_THINGS = re.compile(
    r"(?:electronic )?travel authori[sz]ations?|\b(?:work|employment|study|court|parole|exit) authori[sz]ations?"
    r"|authori[sz]ations? (?:to|for) (?:re-?)?(?:work|return|enter|travel|stay|remain|study|land|practi[sc]e|leave"
    r"|board)\w*"
    r"|authori[sz]ed (?:to (?:work|stay|remain|study|enter|return|travel|practi[sc]e|leave)|stay|period"
    r"|representatives?|signatory"
    r"|by law|user|signature|visit|entry|under)"
    r"|autorisations? (?:de|d'|pour|a) ?(?:travail\w*|voyage\w*|retour\w*|retourner|revenir|sejour\w*|entree?|entrer"
    r"|etudes?|etudier"
    r"|emploi|sortie|sortir|quitter|rester|demeurer|exercer|conduire)"
    r"|autorisee?s? a (?:travailler|sejourner|etudier|entrer|revenir|retourner|rester|demeurer|quitter|voyager|exercer)"
    r"|representante?s? autorisee?s?|(?:age|without the knowledge) of consent|informed consent"
    r"|(?:parental|medical|travel|adoption|custody|minor|media|photo|police|credit|treatment|surgical|spousal"
    r"|father's|mother's"
    r"|parents'|guardian's) (?:travel )?consents?(?: (?:letters?|forms?|affidavits?))?(?= (?:for"
    r"|to) (?:the )?(?:child|travel|minor|trip))"
    r"|(?:parental|medical|travel|adoption|custody|minor|media|photo|police|credit|treatment"
    r"|surgical) (?:travel )?consents?"
    r"(?: (?:letters?|forms?|affidavits?))?"
    r"|consents? (?:letters?|affidavits?)? ?(?:to|for) (?:the |a |an |his |her |their |our |any )?(?:child |minor "
    r"|son |daughter )?"
    r"(?:'s )?(?:to )?(?:travel\w*|trips?|medical|treatments?|surger\w*|operation|adopt\w*|marr\w*|publi\w*|media"
    r"|photo\w*|mov\w*"
    r"|relocat\w*|immigrat\w*|removal|dna|biometric\w*|vaccin\w*|blood|transplant|divorce|passport|tests?|receiv\w*"
    r"|being contacted|be(?:ing)? contacted|cookies|newsletter|custody)"
    r"|consents? (?:letter |form )?(?:from|of|by) (?:the |his |her )?[a-z' -]{0,40} (?:to|for) (?:the )?(?:child "
    r"|minor |son |daughter )?(?:to )?travel\w*"
    r"|consents? (?:letters?|affidavits?)? ?(?:to|for) [a-z ,'-]{0,50}\bby e-?mail"
    r"|(?:medical|travel) (?:letter of )?(?:consent|authori[sz]ation)"
    r"|consentements? (?:parental|parentaux|medical|eclaire|libre)\w*|autorisations? (?:parentale|medicale)s?"
    r"|(?:consentements?|autorisations?|lettres? d'autorisation|lettres? de consentement) (?:au|aux|a la|a l'"
    r"|pour (?:le|la|les|l')"
    r"|de|a|pour) ?(?:voyag\w*|traitement|soins?|operation|adoption|adopter|mariage|marier|publi\w*|medias?|photos?"
    r"|demenag\w*"
    r"|immigr\w*|renvoi|adn|vaccin\w*|greffe|divorce|passeport|recevoir|communiquer par|correspondre|echanger par"
    r"|garde|transmettre par"
    r"|communication par|l'envoi par|sortie du|intervention chirurg\w*)"
    r"|(?:permit|entry|visa|landing|search|bank|credit card|payment|pre)[ -]?authori[sz]ations?"
    r"|authori[sz]ations? of the (?:minister|court)"
    r"|consent (?:orders?|judgments?|decrees?|adjournments?)|consent of the (?:parties|court|crown|minister)"
    r"|(?:authori[sz]ations?|autorisations?)(?: letters?)? (?:from|of|by|de|du|par) (?:the |his |her |their |an? "
    r"|la |le |l'|son |sa )?(?:employers?|court|minister|ministry|ministere|ministre|employeur|juge|judge|hospital"
    r"|school|bank|landlord|tribunal)"
    r"|imm ?5476"
)
"""Consent to something else. IMM 5476 names a representative, which a Member of Parliament is not."""
HARMLESS = re.compile(
    r",? ?\bas (?:\w+ )?(?:requested|required|asked|needed|you (?:asked|requested|required))"
    r"|(?:\b(?:the|your|our) |^ ?|[,:] ?)(?:required|requested|necessary|needed"
    r"|requisite) (?=(?:\w+ ){0,3}(?:consents?|authori[sz]ations?))"
    r"|\b(?:same )?as before\b|\bso do we\b"
    r"|,? ?(?:which |and |that )?(?:we |i )?(?:can|could|will gladly|may|would gladly|are able to"
    r"|shall) (?:also )?(?:be )?(?:provided?|send|sent"
    r"|shared?|forward(?:ed)?|produced?|suppl(?:y|ied)|fax(?:ed)?|made available)(?: (?:it|this|that|a copy|copies"
    r"|one|to you|you))*"
    r"(?: (?:if|should|upon|on|at|when|as) (?:\w+ ){0,4}\w+)?"
    r"|,? ?\b(?:if|should|when|where|whenever) (?:it is |it's |they are |a copy is |you )?(?:ever )?(?:needed"
    r"|required|requested|necessary|need"
    r"|require|want|wish|would like|like|ask)(?: (?:to see )?(?:it|this|that|one|a copy|copies|the (?:form|original"
    r"|signed copy)|for it|anything|more))*"
    r"|,? ?\b(?:up)?on (?:your )?request|\bat your request"
    r"|\b(?:please )?(?:let (?:us|me) know|advise|tell us|call|contact us|write) (?:if|should|whether) (?:you"
    r"|anything|there|more|further|this|any)\b"
    r"(?:(?!consent|authori|autoris)[^.;\n])*"
    r"|\b(?:please )?(?:do not|don't) hesitate\b(?:(?!consent|authori|autoris)[^.;\n])*"
    r"|\b(?:no|without|aucune?|sans|pas d'|pas de) (?:a |an |un )?(?:uci|iuc|client id|known uci"
    r"|numero de client)\b(?: (?:yet|on record|known|au dossier|connu|encore))?"
    r"|\b(?:uci|iuc)[ :=-]*(?:n ?/ ?a|none|not (?:yet )?(?:assigned|known|issued|available|applicable)|no|nil|aucun"
    r"|s\. ?o\.?|sans objet|pas encore)\b"
    r"|\b(?:tel que|comme) (?:demandee?s?|requise?s?|exigee?s?|convenu)|\b(?:consentements?|autorisations?"
    r"|formulaires?) (?:demandee?s?|requise?s?|exigee?s?)"
    r"(?=.{0,30}(?:joint|annex|sign|dossier|recu))"
    r"|,? ?\b(?:que |et |dont )?(?:nous |je )?(?:pouvons|pourrons|peux|pourrions) (?:vous )?(?:l'|le |la "
    r"|en )?(?:fournir|envoyer|transmettre|acheminer|produire|faire parvenir)"
    r"(?: (?:une copie|copie))?(?: (?:au besoin|sur demande|si \w+(?: \w+)?))?"
    r"|,? ?\bsi (?:necessaire|requise?|besoin|vous (?:le |la |en )?(?:desirez|voulez|souhaitez|avez besoin"
    r"|le jugez)(?: [a-z']+){0,3}|cela|demandee?)\b"
    r"|,? ?\b(?:au besoin|sur demande|a votre demande)\b|\bn'hesitez pas\b(?:(?!consent|autoris)[^.;\n])*"
    r"|\b(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? (?:of )?may\b|\bmay (?:0?[1-9]|[12]\d|3[01])\b|\b(?:in|since|of"
    r"|last) may\b|\bmay (?:19|20)\d\d"
    r"|\bnot only\b|\bnon seulement\b|\bno(?:\.|o| :) ?(?=\d|[a-z]\d)|\bno[. ]+(?=[a-z]{0,2}\d)|\bpas seulement\b"
)
"""Phrases whose `if`, `can`, `not` or `required` says nothing against a consent."""
_CONSENT = (
    r"(?:consents?\b(?! to be (?:obtained|signed|given))|consent[ -]?forms?\b|consentements?\b|authori[sz]ations?\b"
    r"|autorisations?\b"
    r"|(?:privacy(?: act)?|release)(?: of information)? (?:consent |release |waiver )?(?:forms?|waivers?|release)\b"
    r"|\bimm ?5475\b|\bimm ?5744\b)"
)
_GRANT = (
    r"(?:consented\b|\bauthori[sz]e[sd]? (?:us\b|me\b|you\b|our\b|the (?:office|mp|member|senator)|my (?:office|mp"
    r"|member)|mp\b|senator"
    r"|(?:ms|mr|mrs|mme|m|dr)\.? |[a-z'-]+(?: [a-z'-]+){0,3}'s? office|[^.;?!]{0,60}\bin writing)"
    r"|\b(?:nous|m') ?autorise(?:nt)? par ecrit\b|\b(?:nous|m'|vous) ?(?:a|ont|avait|avaient)(?: bien| tous| toutes"
    r"| deux)? ?autorisee?s?\b|\bm'(?:a|ont) autorisee?\b"
    r"|\b(?:a|ont|avait|avaient) (?:bien |dument |tous |toutes |deux |par ecrit )*(?:consenti|autorisee?s? (?:le "
    r"|la |notre |mon |les |l'|m\.|mme|par ecrit))"
    r"|\bconsent(?:ent)? (?:par ecrit )?a (?:ce que|notre|l'|la)"
    r"|\b(?:signed|written|sign) (?:ok|okay|go-ahead|approval|agreement|permission|release|waiver|privacy|mandate)\b"
    r"|\bpermission in writing\b|\b(?:ok|okay|approval|permission|agreement) in writing\b|\bhas signed for (?:us|our"
    r"|the|my)\b"
    r"|(?:\b|')(?:s|ve|has|have|had)? ?signed for (?:us|our office|the office|my office|the mp|the senator)\b"
    r"|\baccords? (?:ecrits?|signes?|par ecrit)\b|\bpermissions? (?:ecrites?|signees?|par ecrit)\b"
    r"|\bprocurations? (?:ecrites?|signees?)\b"
    r"|\bdonne (?:son|leur) accord\b|\bi (?:hereby |also |do )*(?:authori[sz]e|consent to|give (?:my )?(?:full "
    r"|written )?(?:consent|permission|authori[sz]ation) (?:to|for))"
    r" (?:[a-z'. -]{0,40}\b)?(?:mp|m\.p\.|member of parliament|senator|office|you)\b"
    r"|\b(?:j'autorise|je consens a ce que|j'accorde (?:mon|l')) ?(?:[a-z'. -]{0,40})?\b(?:deputee?|bureau|senat\w+"
    r"|mp|vous|consentement|autorisation)\b)"
)
TERM = re.compile(rf"(?:{_CONSENT}|{_GRANT})")
GRANT_ALONE = re.compile(_GRANT)
GIVEN = re.compile(
    r"\b(?:signed|written|in writing|filed|at our end|on our (?:side|end)|came in|chez nous|notari[sz]ed|completed"
    r"|executed|on file|on hand|in hand|on record|attached"
    r"|enclosed|included|annexed|held|hold|holds"
    r"|holding|obtained|received|secured|collected|gathered|kept|stored|gave|given|provided|granted|taken|dated"
    r"|renewed|with us|in place|in our"
    r"|at (?:our|the|my) (?:constituency |riding )?office|have|has|had|got|we've|i've|possess|in possession"
    r"|in the (?:file|office|folder)|below|herewith|rec'd|recd|on (?:our|my|this|your"
    r"|the office's) (?:own )?(?:files?|records?|books)|filled in|accompa(?:n|gn)\w+|(?:comes?|goes?"
    r"|came) with|(?:i|we|je|nous) (?:now |also |hereby )?(?:attach|enclose|include|joins|joignons|annexons)"
    r"|in (?:the|our|a|his|her) (?:locked )?(?:binder|cabinet|drawer|vault|cupboard|archives)|(?:au"
    r"|dans (?:le|notre|un)) (?:classeur|coffre|tiroir)|follows? below|renferme|figure|contains?"
    r"|here|confirmed|yes|y|ok|complete|available|valid|appended|submitted|sent|on the file|in file|file|as before"
    r"|through (?:an? )?interpreter"
    r"|signee?s?|signe\w*|signature|ecrite?s?|par ecrit|(?:au|en|dans (?:le|son|notre)) dossier|en main"
    r"|en notre possession|detenons|detiens|detient|disposons|dispose|avons|ai|j'ai"
    r"|possedons|avec|rempli\w*|filled (?:out|in)|jointe?s?|ci-jointe?s?|annexee?s?|incluse?s?|obtenue?s?|obtenus"
    r"|recue?s?|remise?s?|remis|donnee?s?|donne|fournie?s?|fourni"
    r"|transmise?s?|transmis|conservee?s?|dans (?:nos|le|mes|notre)|datee?s?|date|recueillie?s?|oui|versee?s?"
    r"|accordee?s?|accorde|renouvelee?s?|valide"
    r"|confirmee?s?|dument|with (?:his|her|their|the|your|full|written|signed)|under)\b|[☑✓✔☒✅]|\[x\]|\(x\)"
)
AGAINST = re.compile(
    r"\b(?:no|not|never|nor|neither|none|nobody|no one|few|fail\w*|obtaining|being (?:obtained|signed|collected)"
    r"|signing|in case|assuming|subject to|provided (?:that|he|she|they|the|we)|providing (?:that|he|she|they|the)"
    r"|on condition|conditional\w*"
    r"|for signature|said|says|told|claim\w*|alleg\w*|please (?:kindly )?(?:send|provide|have|get|sign|return|obtain"
    r"|forward|ensure|make sure|mail|fax|give|bring)|had (?:her|his|their|the|a|written|signed|given)"
    r"|des (?:la )?reception|sous reserve|a defaut|a condition|pourvu que?|au cas ou|advenant|en cas|merci de"
    r"|priere de|personne ne|nul ne|dit qu\w*|faites|(?:arriv|fourn|envo|enverr|fa[lu]d|pourr|devr|parvien|recev"
    r"|donn|complet|achemin|apport|tradui)\w*r(?:a|ai|ons|ont|ez|ait|aient)|veuillez (?:nous |me |lui )?(?:envoyer"
    r"|fournir|faire|transmettre|signer|obtenir|retourner|remplir|demander)"
    r"|without|cannot|lack\w*|missing|absent|unsigned|blank|incomplete|lost|misplaced|pending|await\w*|wait\w*"
    r"|outstanding|to follow|follows|will follow|follow|following (?:by|under|soon|shortly|separately)|will|won't"
    r"|shall|would|could|should|might|may|must|going to|gonna|soon|shortly|forthcoming"
    r"|tomorrow|next week|later|once|unless|until|whether|if|when|before|expect\w*|hop(?:e|es|ing)|plan\w*|intend\w*"
    r"|try|trying|tried|attempt\w*"
    r"|unable|need\w*|requir\w*|request\w*|ask|asked|asking|asks|seek\w*|sought|chas\w*|refus\w*|declin\w*"
    r"|withdr[ae]w\w*|revok\w*|rescind\w*|expired"
    r"|expires|invalid|outdated|verbal\w*|oral\w*|over the phone|by (?:tele)?phone|to be (?:obtained|signed|given"
    r"|completed|provided|collected|sent)|to (?:re-?)?(?:sign|complete)\b"
    r"|to (?:obtain|get|secure|collect|provide|give|send)(?: [a-z']+){0,5} (?:consent|authori[sz]ation|permission|it"
    r"|one|this|signature)s?"
    r"|for (?:her|his|their) signature|in progress|on its way|on the way|underway|working on|yet|do we|template"
    r"|(?:by|via|par|in an?|sur) (?:text(?: messages?)?|texto|sms|chat|message texte|whatsapp"
    r"|clavardage) (?:only|alone|seulement|uniquement)|(?:a|to be) (?:verifie[rd]?|confirme[rd]?|valide[rd]?"
    r"|determine[rd]?|checked|voir|found)|devai(?:t|ent)|(?:was|were|is|are) to (?:have|be)"
    r"|remind\w*|rappel\w*|peut-etre|perhaps|maybe|possibly|probabl\w*|sans doute|somewhere|quelque part"
    r"|apparently|presumabl\w*|suppos\w*|assum\w*|think|pense|croi[st]|crois"
    r"|mislaid|misfiled|redo|redone|shredded|destroy\w*|(?:names?|naming|in favou?r of|made out to|nomme"
    r"|au nom d[eu'l]+) ?(?:the |our |l'|le |la |an? |une? )?(?:previous|former|late|last|other|ancien(?:ne)?"
    r"|precedente?|autre) \w+"
    r"|introuvable|detrui\w*|en (?:voie|train|instance|preparation|route)|d'etre"
    r"|lapse[ds]?|run out|ran out|used to|no longer|(?:is|are|was) (?:now )?over\b|out of date|stale|void"
    r"|(?:that |which )?(?:we|i) had (?:on file|from|in)|(?:once|previously|formerly) (?:had|held)"
    r"|echue?s?|perimee?s?|caduc|caduque?s?|revolue?s?|(?:que )?nous avions|n'est plus|ne vaut plus|serai(?:t"
    r"|ent)|aurai(?:t|ent)|necessaires?|necessary|necessit\w*"
    r"|sample|example|unclear|unsure"
    r"|wonder\w*|forgot\w*|forged|fake|disput\w*|tbd|tbc|pas|aucune?|sans|jamais|ni|manqu\w*|en attente|attend\w*"
    r"|attente|suivr\w*|suivra|a venir|a suivre|a signer|a remplir"
    r"|a obtenir|a completer|bientot|demain|prochain\w*|sera|serons|seront|aurons|aura|auront|signera\w*|signeront"
    r"|obtiendr\w*|enverr\w*|transmettr(?:ai|ons|a)\w*|fournir(?:ai|a|ons|ont)\w*"
    r"|ferons|fera|remettra|allons|vais|va|vont|viendra|parviendra|si|s'il|s'ils|lorsqu\w*|quand|des que|des qu'\w*"
    r"|une fois|tant qu\w*|jusqu'a ce|avant d\w*|afin d\w*|besoin|faut|faudra|doi(?:t|s|vent)|devons|devr\w*"
    r"|pourr\w*|non|oubli\w*|refus\w*|retir\w*|revoqu\w*|expire\w*|verbal\w*|verbaux|de vive voix|orale?s?|oralement"
    r"|par telephone|vierge|perdue?s?|egaree?s?"
    r"|(?:avons|ai|a|avez|ont) (?:deja |bien )?demandee?|demandons|demande(?:rons|rai|r)\b|demander|sollicit\w*"
    r"|essay\w*|tent(?:e|ons|er|ent)|exige\w*|requise?|necessite\w*|en cours|encore|modele|exemple"
    r"|cannot|n'avons|n'ai|n'a|n'est|n'ont|n'etait)\b|n't\b|[☐☓✗✘✕]|\[ ?\]|\( ?\)|: ?n\b"
)
OUTBOUND = re.compile(
    r"\b(?:we|i|we've|i've|our office|office|nous|je|j'ai|bureau)\b[^.;]{0,30}\b(?:sent|mailed|e-?mailed|gave|given"
    r"|provided|forwarded|handed|faxed|envoye|remis|transmis|fourni|poste)\b"
    r"(?! you\b| ircc| to (?:you|ircc|mcmps|the department))[^.;]{0,60}$"
)
SIGNED = re.compile(
    r"\b(?:signed|written|completed|executed|in writing|sign(?:e|ee|es|ees)|ecrite?s?|par ecrit|remplie?s?"
    r"|completee?s?)\b"
)
ELSEWHERE = re.compile(
    r"\b(?:lawyer|counsel|consultant|rcic|attorney|avocate?|consultante?|notaire)s? (?:has|have|holds?|have|got"
    r"|obtained|a|detient|possede)\b"
    r"|\b(?:to|for|a|pour|au) (?:his|her|their|the|a|an|son|sa|leur|un|une|le|la|l') ?(?:former |previous |new "
    r"|ancien )?(?:lawyer|counsel|consultant|rcic|attorney|representative|bank|employer"
    r"|doctor|school|avocate?|consultante?|representante?|banque|employeur|medecin|ecole|notaire)\b"
    r"|\b(?:ircc|cbsa|police|court|hospital|doctor|bank|asfc) (?:has|have|holds?|asked|wants)\b"
)
SENTENCE = re.compile(
    r"(?<=[.;!?])(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*>#]|\d{1,2}[.)]|[a-z][.)] |\[|[☐☑☒✓✔✗]"
    r"|[a-z][a-z' /-]{1,35} ?[:=]))|[{}|]"
)
ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|ste|no|nos|mme|mlle|hon|oct|nov|dec|jan|feb|mar|apr|jun|jul|aug|sept|sep|janv|fevr|avr"
    r"|juil|tel|ext|m|me|mp|p)|\b[a-z])\.$"
)
SHORTENED = re.compile(r"\b(?:consent|consentem|autoris|autor|author|auth)\.$")
"""`Consent. signé, reçu`: no end of a sentence, if what follows shows that it was given."""
CLAUSE = re.compile(
    r" and (?=(?:we|i|he|she|they|our office|(?:the |our )?(?:client|constituent|applicant)) (?:have|has|hold|holds"
    r"|signed|gave|also|already|consented)\b)"
    r"| et (?=(?:nous (?:avons|detenons)|j'ai|(?:elle|il|le client|la cliente) (?:a|nous a|m'a))\b)"
    r"|, | - | but | mais | however | though | although |, yet | toutefois | cependant | bien que | quoique |[()]"
)
MOST_CLAUSES = 30
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|hold|holds|gave|got|we've|i've|consented|est|sont|ont|avons|ai|j'ai|detenons"
    r"|detient|disposons"
    r"|possedons)\b|(?:he|she|it|they|who)'s\b|'ve\b|\bon file\b|\bau dossier\b|\byes\b|\boui\b"
    r"|\b(?:he|she|they|we|client|constituent|applicant|widow|couple|family|mother|father) (?:also )?(?:signed"
    r"|authori[sz]ed)\b|\b(?:elle|il|ils|elles|cliente?) (?:l')?a\b"
)
SENDS_IT_TOO = re.compile(
    r"^ ?(?:and |et )?(?:we |i |nous |je )?(?:will|shall|'ll|can) (?:also |gladly |happily )?(?:send|forward|provide"
    r"|mail|fax|bring)\b"
)
REFERS_BACK = re.compile(
    r"^ ?(?:(?:but|mais|though|although|however|yet|and|et|which|that|this|it|they|qui|elle|il|ce|celui-ci|celle-ci"
    r"|cela)\b ?,? ?)?(?:(?:is|are|was|has|have|been|it|which|elle|il|est|a|qui|will|we|nous|only|just"
    r"|still)\b ?){0,3}$"
)
REFERS_AND_GIVEN = re.compile(
    r"^\W*(?:(?:and|et|but|mais|which|that|it|they|this|hers|his|theirs|the (?:one|form|paper|consent)|(?:her"
    r"|his|their) (?:own )?(?:form|one|consent)"
    r"|qui|que|elle|il|celui-ci|celle-ci|ce(?:lui)?|le (?:sien|leur|formulaire)|la (?:sienne|leur)"
    r"|son formulaire)\b,? ?){1,3}"
    r".{0,60}?\b(?:signed|on (?:our |the |my )?(?:own )?(?:file|record)|attached|enclosed|held|in hand"
    r"|signee?s?|au dossier|en main|jointe?s?|ci-jointe?s?"
    r"|au bureau|conservee?s?|detenons|gardons)\b"
    r"|\b(?:she|he|they|client|constituent|applicant)(?:'s|'ve| has| have| did)?(?: already| duly)? (?:signed"
    r"|given|gave|provided) (?:it|one|that|this|hers|his|theirs|us (?:one|hers|his|theirs))\b"
    r"|\b(?:we|i)(?:'ve| have)? (?:have|hold|got|keep|received) (?:it|one|hers|his|theirs)(?: here"
    r"| all)?(?: signed| on file| in hand| in writing)"
    r"|^\W*(?:the )?(?:signed form|form signed|signed copy|formulaire signe|copie signee)\b"
    r"|\b(?:nous|je|j') ?l'(?:avons|ai) (?:bien )?(?:par ecrit|en main|au dossier|signe\w*|ici)"
    r"|\b(?:l'|les )(?:a|ont) (?:bien |dument |deja )?(?:signe|remplie?|donne|fourni|remis)\w*"
    r"|\bnous (?:avons|detenons|gardons|conservons) (?:bien )?(?:le sien|la sienne|les leurs?)\b"
)
HEADING = re.compile(
    r"\b(?:attached|enclosed|attachments?|enclosures?|documents?|included|pieces?|joints?|jointes?|annexes?|files?"
    r"|fichiers?)[^:]{0,30}:\s*$"
)
QUESTION = re.compile(
    r"\?|^\W*(?:do|does|did|is|are|what|which|why|how|who|should|can|could|may|would|est-ce|avez-vous|faut-il"
    r"|quel\w*|a-t-|(?:has|have|had) (?:he|she|they|you|the|her|his|your|our|any))\b"
)
ANSWERED_NO = re.compile(
    r"[:=] ?(?:no|non|n|none|pending|tb[dc]|n ?/ ?a|en attente|aucun\w*|not? .*|a venir|to .*|s\.? ?o\.?)[ .]*$"
)
TAKEN_BACK = re.compile(
    r"\b(?:withdr[ae]w\w*|revok\w*|rescind\w*|cancel\w*|expired|lapse[ds]?|ran out|echue?s?|perimee?s?|caduc"
    r"|caduque|refus\w*|retir\w*|revoqu\w*|annul\w*|expire\w*)\b"
)
JOURNEY = re.compile(
    r"\b(?:travel\w*(?! document)|trip|(?<!titre de )(?<!titres de )voyag\w*|adopt\w*|surger\w*|operation|treatment"
    r"|traitement|custody|wedding|mariage)\b"
)
PARENT = re.compile(
    r"\b(?:father|mother|parent|pere|mere)(?:s|'s|s')?\b.*\bimmigra\w*|\bimmigra\w*.*\b(?:father|mother|parent|pere"
    r"|mere)s?\b"
)
FOR_US = re.compile(
    r"\b(?:(?:our|my|the (?:mp|member|senator)'s|this) (?:constituency )?office|to act|for us|on file|notre bureau"
    r"|a agir|agisse|represent\w*|au dossier)\b"
)

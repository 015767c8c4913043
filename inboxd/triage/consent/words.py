"""The words of `consent`, on folded text: what consent is called, what shows that it was given, what shows that not.

Patterns only; nothing in here decides. English and French side by side, most telling first.
"""

from __future__ import annotations

import re

OTHER_THINGS = re.compile(
    r"(?:electronic )?travel authori[sz]ations?|\b(?:work|employment|study|court|parole|exit) authori[sz]ations?"
    r"|authori[sz]ations? (?:to|for) (?:re-?)?(?:work|return|enter|travel|stay|remain|study|land|practi[sc]e|leave"
    r"|board)\w*|authori[sz]ed (?:to (?:work|stay|remain|study|enter|return|travel|practi[sc]e|leave)|stay|period"
    r"|representatives?|signatory|by law|user|signature|visit|entry|under)"
    r"|autorisations? (?:de|d'|pour|a) ?(?:travail\w*|voyage\w*|retour\w*|retourner|revenir|sejour\w*|entree?|entrer"
    r"|etudes?|etudier|emploi|sortie|sortir|quitter|rester|demeurer|exercer|conduire)"
    r"|autorisee?s? a (?:travailler|sejourner|etudier|entrer|revenir|retourner|rester|demeurer|quitter|voyager"
    r"|exercer)|representante?s? autorisee?s?|(?:age|without the knowledge) of consent|informed consent"
    r"|(?:parental|medical|travel|adoption|custody|minor|media|photo|police|credit|treatment|surgical|spousal|father's"
    r"|mother's|parents'|guardian's) (?:travel )?consents?(?: (?:letters?|forms?|affidavits?))?(?= (?:for"
    r"|to) (?:the )?(?:child|travel|minor|trip))|(?:parental|medical|travel|adoption|custody|minor|media|photo|police"
    r"|credit|treatment|surgical) (?:travel )?consents?(?: (?:letters?|forms?|affidavits?))?"
    r"|consents? (?:letters?|affidavits?)? ?(?:to|for) (?:the |a |an |his |her |their |our |any )?(?:child |minor "
    r"|son |daughter )?(?:'s )?(?:to )?(?:travel\w*|trips?|medical|treatments?|surger\w*|operation|adopt\w*|marr\w*"
    r"|publi\w*|media|photo\w*|mov\w*|relocat\w*|immigrat\w*|removal|dna|biometric\w*|vaccin\w*|blood|transplant"
    r"|divorce|passport|tests?|receiv\w*|being contacted|be(?:ing)? contacted|cookies|newsletter|custody)"
    r"|consents? (?:letter |form )?(?:from|of|by) (?:the |his |her )?[a-z' -]{0,40} (?:to|for) (?:the )?(?:child "
    r"|minor |son |daughter )?(?:to )?travel\w*|consents? (?:letters?|affidavits?)? ?(?:to"
    r"|for) [a-z ,'-]{0,50}\bby e-?mail|(?:medical|travel) (?:letter of )?(?:consent|authori[sz]ation)"
    r"|consentements? (?:parental|parentaux|medical|eclaire|libre)\w*|autorisations? (?:parentale|medicale)s?"
    r"|(?:consentements?|autorisations?|lettres? d'autorisation|lettres? de consentement) (?:au|aux|a la|a l'"
    r"|pour (?:le|la|les|l')|de|a|pour) ?(?:voyag\w*|traitement|soins?|operation|adoption|adopter|mariage|marier"
    r"|publi\w*|medias?|photos?|demenag\w*|immigr\w*|renvoi|adn|vaccin\w*|greffe|divorce|passeport|recevoir"
    r"|communiquer par|correspondre|echanger par|garde|transmettre par|communication par|l'envoi par|sortie du"
    r"|intervention chirurg\w*)|(?:permit|entry|visa|landing|search|bank|credit card|payment"
    r"|pre)[ -]?authori[sz]ations?|authori[sz]ations? of the (?:minister|court)"
    r"|consent (?:orders?|judgments?|decrees?|adjournments?)|consent of the (?:parties|court|crown|minister)"
    r"|(?:authori[sz]ations?|autorisations?)(?: letters?)? (?:from|of|by|de|du|par) (?:the |his |her |their |an? |la "
    r"|le |l'|son |sa )?(?:employers?|court|minister|ministry|ministere|ministre|employeur|juge|judge|hospital|school"
    r"|bank|landlord|tribunal)|imm ?5476"
)
"""Consent to something else. IMM 5476 names a representative, which a Member of Parliament is not."""
HARMLESS = re.compile(
    r"\bbefore (?:we|i) (?:opened|took|started|began|wrote|contacted|sent)\b"
    r"|\bwhen (?:he|she|they) (?:came|visited|dropped|stopped|met)\b|,? ?\bask (?:me |us )?if you (?:want|need)\b"
    r"|,? ?\bas (?:\w+ )?(?:requested|required|asked|needed|you (?:asked|requested|required))"
    r"|(?:\b(?:the|your|our) |^ ?|[,:] ?)(?:required|requested|necessary|needed"
    r"|requisite) (?=(?:\w+ ){0,3}(?:consents?|authori[sz]ations?))|\b(?:same )?as before\b|\bso do we\b"
    r"|,? ?(?:which |and |that )?(?:we |i )?(?:can|could|will gladly|may|would gladly|are able to"
    r"|shall) (?:also )?(?:be )?(?:provided?|send|sent|shared?|forward(?:ed)?|produced?|suppl(?:y|ied)|fax(?:ed)?"
    r"|made available)(?: (?:it|this|that|a copy|copies|one|to you|you))*(?: (?:if|should|upon|on|at|when"
    r"|as) (?:\w+ ){0,4}\w+)?|,? ?\b(?:if|should|when|where|whenever) (?:it is |it's |they are |a copy is "
    r"|you )?(?:ever )?(?:needed|required|requested|necessary|need|require|want|wish|would like|like"
    r"|ask)(?: (?:to see )?(?:it|this|that|one|a copy|copies|the (?:form|original|signed copy)|for it|anything|more))*"
    r"|,? ?\b(?:up)?on (?:your )?request|\bat your request|\b(?:please )?(?:let (?:us|me) know|advise|tell us|call"
    r"|contact us|write) (?:if|should|whether) (?:you|anything|there|more|further|this"
    r"|any)\b(?:(?!consent|authori|autoris)[^.;\n])*|\b(?:please )?(?:do not"
    r"|don't) hesitate\b(?:(?!consent|authori|autoris)[^.;\n])*|\b(?:no|without|aucune?|sans|pas d'|pas de) (?:a |an "
    r"|un )?(?:uci|iuc|client id|known uci|numero de client)\b(?: (?:yet|on record|known|au dossier|connu|encore))?"
    r"|\b(?:uci|iuc)[ :=-]*(?:n ?/ ?a|none|not (?:yet )?(?:assigned|known|issued|available|applicable)|no|nil|aucun"
    r"|s\. ?o\.?|sans objet|pas encore)\b|\b(?:tel que|comme) (?:demandee?s?|requise?s?|exigee?s?|convenu)"
    r"|\b(?:consentements?|autorisations?|formulaires?) (?:demandee?s?|requise?s?"
    r"|exigee?s?)(?=.{0,30}(?:joint|annex|sign|dossier|recu))|,? ?\b(?:que |et |dont )?(?:nous |je )?(?:pouvons"
    r"|pourrons|peux|pourrions) (?:vous )?(?:l'|le |la |en )?(?:fournir|envoyer|transmettre|acheminer|produire"
    r"|faire parvenir)(?: (?:une copie|copie))?(?: (?:au besoin|sur demande|si \w+(?: \w+)?))?"
    r"|,? ?\bsi (?:necessaire|requise?|besoin|vous (?:le |la |en )?(?:desirez|voulez|souhaitez|avez besoin"
    r"|le jugez)(?: [a-z']+){0,3}|cela|demandee?)\b|,? ?\b(?:au besoin|sur demande|a votre demande)\b"
    r"|\bn'hesitez pas\b(?:(?!consent|autoris)[^.;\n])*|\b(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? (?:of )?may\b"
    r"|\bmay (?:0?[1-9]|[12]\d|3[01])\b|\b(?:in|since|of|last) may\b|\bmay (?:19|20)\d\d|\bnot only\b"
    r"|\bnon seulement\b|\bno(?:\.|o| :) ?(?=\d|[a-z]\d)|\bno[. ]+(?=[a-z]{0,2}\d)|\bpas seulement\b"
)
"""Phrases whose `if`, `can`, `not` or `required` says nothing against a consent."""
_CONSENT = (
    r"(?:consents?\b(?! to be (?:obtained|signed|given))|consent[ -]?forms?\b|consentements?\b|authori[sz]ations?\b"
    r"|autorisations?\b|(?:privacy(?: act)?|release)(?: of information)? (?:consent |release |waiver )?(?:forms?"
    r"|waivers?|release)\b|\bimm ?5475\b|\bimm ?5744\b)"
)
_GRANT = (
    r"(?:consented\b|\bauthori[sz]e[sd]? (?:us\b|me\b|you\b|our\b|the (?:office|mp|member|senator)"
    r"|my (?:office|mp|member)|mp\b|senator|(?:ms|mr|mrs|mme|m|dr)\.? |[a-z'-]+(?: [a-z'-]+){0,3}'s? office"
    r"|[^.;?!]{0,60}\bin writing)|\b(?:nous|m') ?autorise(?:nt)? par ecrit\b"
    r"|\b(?:nous|m'|vous) ?(?:a|ont|avait|avaient)(?: bien| tous| toutes| deux)? ?autorisee?s?\b"
    r"|\bm'(?:a|ont) autorisee?\b|\b(?:a|ont|avait|avaient) (?:bien |dument |tous |toutes |deux "
    r"|par ecrit )*(?:consenti|autorisee?s? (?:le |la |notre |mon |les |l'|m\.|mme|par ecrit))"
    r"|\bconsent(?:ent)? (?:par ecrit )?a (?:ce que|notre|l'|la)|\b(?:signed|written|sign) (?:ok|okay|go-ahead"
    r"|approval|agreement|permission|release|waiver|privacy|mandate)\b|\bpermission in writing\b"
    r"|\b(?:ok|okay|approval|permission|agreement) in writing\b|\bhas signed for (?:us|our|the|my)\b"
    r"|(?:\b|')(?:s|ve|has|have|had)? ?signed for (?:us|our office|the office|my office|the mp|the senator)\b"
    r"|\baccords? (?:ecrits?|signes?|par ecrit)\b|\bpermissions? (?:ecrites?|signees?|par ecrit)\b"
    r"|\bprocurations? (?:ecrites?|signees?)\b|\bdonne (?:son|leur) accord\b"
    r"|\bi (?:hereby |also |do )*(?:authori[sz]e|consent to|give (?:my )?(?:full |written )?(?:consent|permission"
    r"|authori[sz]ation) (?:to|for)) (?:[a-z'. -]{0,40}\b)?(?:mp|m\.p\.|member of parliament|senator|office|you)\b"
    r"|\b(?:j'autorise|je consens a ce que|j'accorde (?:mon|l')) ?(?:[a-z'. -]{0,40})?\b(?:deputee?|bureau|senat\w+|mp"
    r"|vous|consentement|autorisation)\b)"
)
TERM = re.compile(rf"(?:{_CONSENT}|{_GRANT})")
GRANT_ALONE = re.compile(_GRANT)
GIVEN = re.compile(
    r"\b(?:signed|written|in writing|filed|at our end|on our (?:side|end)|came in|chez nous|notari[sz]ed|completed"
    r"|executed|on file|on hand|in hand|on record|attached|enclosed|included|annexed|held|hold|holds|holding|obtained"
    r"|received|secured|collected|gathered|kept|stored|gave|given|provided|granted|taken|dated|renewed|with us"
    r"|in place|in our|at (?:our|the|my) (?:constituency |riding )?office|have|has|had|got|we've|i've|possess"
    r"|in possession|in the (?:file|office|folder)|below|herewith|rec'd|recd"
    r"|on (?:our|my|this|your|the office's) (?:own )?(?:files?|records?|books)|filled in|accompa(?:n|gn)\w+"
    r"|(?:comes?|goes?|came) with|(?:i|we|je|nous) (?:now |also |hereby )?(?:attach|enclose|include|joins|joignons"
    r"|annexons)|in (?:the|our|a|his|her) (?:locked )?(?:binder|cabinet|drawer|vault|cupboard|archives)"
    r"|(?:au|dans (?:le|notre|un)) (?:classeur|coffre|tiroir)|follows? below|renferme|figure|contains?|here|confirmed"
    r"|yes|y|ok|complete|available|valid|appended|submitted|sent|on the file|in file|file|as before"
    r"|through (?:an? )?interpreter|signee?s?|signe\w*|signature|ecrite?s?|par ecrit"
    r"|(?:au|en|dans (?:le|son|notre)) dossier|en main|en notre possession|detenons|detiens|detient|disposons|dispose"
    r"|avons|ai|j'ai|possedons|avec(?=(?: [a-z]+){0,3} (?:l'|d')?(?:consent|autoris|accord|permission|signature))"
    r"|rempli\w*|filled (?:out|in)|jointe?s?|ci-jointe?s?|annexee?s?|incluse?s?|obtenue?s?|obtenus|recue?s?|remise?s?"
    r"|remis|donnee?s?|donne|fournie?s?|fourni|transmise?s?|transmis|conservee?s?|dans (?:nos|le|mes|notre)|datee?s?"
    r"|date|recueillie?s?|oui|versee?s?|accordee?s?|accorde|renouvelee?s?|valide|confirmee?s?|dument"
    r"|with (?:his|her|their|the|your|full|written|signed)|under)\b|[☑✓✔☒✅]|\[x\]|\(x\)"
)
AGAINST = re.compile(
    r"\b(?:no|not|never|nor|neither|none|nobody|no one|few|fail\w*|obtaining|being (?:obtained|signed|collected)"
    r"|signing|in case|assuming|subject to|provided (?:that|he|she|they|the|we)|providing (?:that|he|she|they|the)"
    r"|on condition|conditional\w*|for signature|said|says|told|claim\w*|alleg\w*"
    r"|please (?:kindly )?(?:send|provide|have|get|sign|return|obtain|forward|ensure|make sure|mail|fax|give|bring)"
    r"|had (?:her|his|their|the|a|written|signed|given)|des (?:la )?reception|sous reserve|a defaut|a condition"
    r"|pourvu que?|au cas ou|advenant|en cas|merci de|priere de|personne ne|nul ne|dit qu\w*|faites"
    r"|(?:arriv|fourn|envo|enverr|fa[lu]d|pourr|devr|parvien|recev|donn|complet|achemin|apport|tradui)\w*r(?:a|ai|ons"
    r"|ont|ez|ait|aient)|veuillez (?:nous |me |lui )?(?:envoyer|fournir|faire|transmettre|signer|obtenir|retourner"
    r"|remplir|demander)|without|cannot|lack\w*|missing|absent|unsigned|blank|incomplete|lost|misplaced|pending"
    r"|await\w*|wait\w*|outstanding|to follow|follows|will follow|follow|following (?:by|under|soon|shortly"
    r"|separately)|will|won't|shall|would|could|should|might|may|must|going to|gonna|soon|shortly|forthcoming|tomorrow"
    r"|next week|later|once|unless|until|whether|if|when|before|expect\w*|hop(?:e|es|ing)|plan\w*|intend\w*|try|trying"
    r"|tried|attempt\w*|unable|need\w*|requir\w*|request\w*|ask|asked|asking|asks|seek\w*|sought|chas\w*|refus\w*"
    r"|declin\w*|withdr[ae]w\w*|revok\w*|rescind\w*|expired|expires|invalid|outdated|verbal\w*|oral\w*|over the phone"
    r"|by (?:tele)?phone|to be (?:obtained|signed|given|completed|provided|collected|sent)"
    r"|to (?:re-?)?(?:sign|complete)\b|to (?:obtain|get|secure|collect|provide|give|send)(?: [a-z']+){0,5} (?:consent"
    r"|authori[sz]ation|permission|it|one|this|signature)s?|for (?:her|his|their) signature|in progress|on its way"
    r"|on the way|underway|working on|yet|do we|template|(?:by|via|par|in an?|sur) (?:text(?: messages?)?|texto|sms"
    r"|chat|message texte|whatsapp|clavardage) (?:only|alone|seulement|uniquement)"
    r"|(?:a|to be) (?:verifie[rd]?|confirme[rd]?|valide[rd]?|determine[rd]?|checked|voir|found)|devai(?:t|ent)"
    r"|(?:was|were|is|are) to (?:have|be)|remind\w*|rappel\w*|peut-etre|perhaps|maybe|possibly|probabl\w*|sans doute"
    r"|somewhere|quelque part|apparently|presumabl\w*|suppos\w*|assum\w*|think|pense|croi[st]|crois|mislaid|misfiled"
    r"|redo|redone|shredded|destroy\w*|(?:names?|naming|in favou?r of|made out to|nomme|au nom d[eu'l]+) ?(?:the |our "
    r"|l'|le |la |an? |une? )?(?:previous|former|late|last|other|ancien(?:ne)?|precedente?|autre) \w+|introuvable"
    r"|detrui\w*|en (?:voie|train|instance|preparation|route)|d'etre|lapse[ds]?|run out|ran out|used to|no longer"
    r"|(?:is|are|was) (?:now )?over\b|out of date|stale|void|(?:that |which )?(?:we|i) had (?:on file|from|in)"
    r"|(?:once|previously|formerly) (?:had|held)|echue?s?|perimee?s?|caduc|caduque?s?|revolue?s?|(?:que )?nous avions"
    r"|n'est plus|ne vaut plus|serai(?:t|ent)|aurai(?:t|ent)|necessaires?|necessary|necessit\w*|sample|example|unclear"
    r"|unsure|wonder\w*|forgot\w*|forged|fake|disput\w*|tbd|tbc|pas|aucune?|sans|jamais|ni|manqu\w*|en attente"
    r"|attend(?!ed|ing|ance)\w*|attente|suivr\w*|suivra|a venir|a suivre|a signer|a remplir|a obtenir|a completer"
    r"|bientot|demain|prochain\w*|sera|serons|seront|aurons|aura|auront|signera\w*|signeront|obtiendr\w*|enverr\w*"
    r"|transmettr(?:ai|ons|a)\w*|fournir(?:ai|a|ons|ont)\w*|ferons|fera|remettra|allons|vais|va|vont|viendra"
    r"|parviendra|si|s'il|s'ils|lorsqu\w*|quand|des que|des qu'\w*|une fois|tant qu\w*|jusqu'a ce|avant d\w*|afin d\w*"
    r"|besoin|faut|faudra|doi(?:t|s|vent)|devons|devr\w*|pourr\w*|non|oubli\w*|refus\w*|retir\w*|revoqu\w*|expire\w*"
    r"|verbal\w*|verbaux|de vive voix|orale?s?|oralement|par telephone|vierge|perdue?s?|egaree?s?"
    r"|(?:avons|ai|a|avez|ont) (?:deja |bien )?demandee?|demandons|demande(?:rons|rai|r)\b|demander|sollicit\w*"
    r"|essay\w*|tent(?:e|ons|er|ent)|exige\w*|requise?|necessite\w*|en cours|encore|modele|exemple|cannot|n'avons|n'ai"
    r"|n'a|n'est|n'ont|n'etait)\b|n't\b|[☐☓✗✘✕]|\[ ?\]|\( ?\)|: ?n\b"
)
OUTBOUND = re.compile(
    r"\b(?:we|i|we've|i've|our office|office|nous|je|j'ai|bureau)\b[^.;]{0,30}\b(?:sent|mailed|e-?mailed|gave|given"
    r"|provided|forwarded|handed|faxed|envoye|remis|transmis|fourni|poste)\b(?! you\b| ircc"
    r"| to (?:you|ircc|mcmps|the department))[^.;]{0,60}$"
)
SIGNED = re.compile(
    r"\b(?:signed|written|completed|executed|in writing|sign(?:e|ee|es|ees)|ecrite?s?|par ecrit|remplie?s?"
    r"|completee?s?)\b"
)
ELSEWHERE = re.compile(
    r"\b(?:lawyer|counsel|consultant|rcic|attorney|avocate?|consultante?|notaire)s? (?:has|have|holds?|have|got"
    r"|obtained|a|detient|possede)\b|\b(?:to|for|a|pour|au) (?:his|her|their|the|a|an|son|sa|leur|un|une|le|la"
    r"|l') ?(?:former |previous |new |ancien )?(?:lawyer|counsel|consultant|rcic|attorney|representative|bank|employer"
    r"|doctor|school|avocate?|consultante?|representante?|banque|employeur|medecin|ecole|notaire)\b"
    r"|\b(?:ircc|cbsa|police|court|hospital|doctor|bank|asfc) (?:has|have|holds?|asked|wants)\b"
)
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|hold|holds|gave|got|we've|i've|consented|est|sont|ont|avons|ai|j'ai|detenons"
    r"|detient|disposons|possedons)\b|(?:he|she|it|they|who)'s\b|'ve\b|\bon file\b|\bau dossier\b|\byes\b|\boui\b"
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
    r"^\W*(?:(?:and|et|but|mais|which|that|it|they|this|hers|his|theirs|the (?:one|form|paper|consent)"
    r"|(?:her|his|their) (?:own )?(?:form|one|consent)|qui|que|elle|il|celui-ci|celle-ci|ce(?:lui)?"
    r"|le (?:sien|leur|formulaire)|la (?:sienne|leur)|son formulaire)\b,? ?){1,3}.{0,60}?\b(?:signed"
    r"|on (?:our |the |my )?(?:own )?(?:file|record)|attached|enclosed|held|in hand|signee?s?|au dossier|en main"
    r"|jointe?s?|ci-jointe?s?|au bureau|conservee?s?|detenons|gardons)\b|\b(?:she|he|they|client|constituent"
    r"|applicant)(?:'s|'ve| has| have| did)?(?: already| duly)? (?:signed|given|gave|provided) (?:it|one|that|this"
    r"|hers|his|theirs|us (?:one|hers|his|theirs))\b|\b(?:we|i)(?:'ve| have)? (?:have|hold|got|keep|received) (?:it"
    r"|one|hers|his|theirs)(?: here| all)?(?: signed| on file| in hand| in writing)"
    r"|^\W*(?:the )?(?:signed form|form signed|signed copy|formulaire signe|copie signee)\b"
    r"|\b(?:nous|je|j') ?l'(?:avons|ai) (?:bien )?(?:par ecrit|en main|au dossier|signe\w*|ici)"
    r"|\b(?:l'|les )(?:a|ont) (?:bien |dument |deja )?(?:signe|remplie?|donne|fourni|remis)\w*"
    r"|\bnous (?:avons|detenons|gardons|conservons) (?:bien )?(?:le sien|la sienne|les leurs?)\b"
)
TAKEN_BACK = re.compile(
    r"\b(?:withdr[ae]w\w*|revok\w*|rescind\w*|cancel\w*|expired|lapse[ds]?|ran out|echue?s?|perimee?s?|caduc|caduque"
    r"|refus\w*|retir\w*|revoqu\w*|annul\w*|expire\w*)\b"
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

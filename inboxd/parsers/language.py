"""English or French: which language a person wrote in, from small words that only one of the two has.

No model: a table of function words, French elisions (l', qu') and accented letters, counted sentence by sentence so
that a French name in an English letter does not weigh and two languages side by side do. Uncertain is BOTH, which
readers get answered in full in either language. Pure; never fails.
"""

from __future__ import annotations

import re
from functools import lru_cache

from inboxd.mail import Language

_ENGLISH_WORDS = (
    "the of and to is are was were be been being has have had having he she they his her hers their them it its this "
    "that these those which who whom whose what when where why how would could should can cannot will shall may might "
    "must do does did done don't doesn't didn't isn't aren't wasn't can't won't hasn't haven't i'm i've i'd it's "
    "we've we're we'd he's she's they're they've that's there's with without from for by at in into your you our "
    "ours we my if because since until while before after between about against during through above below "
    "again further then "
    "there here any some no not nor only own same so too very just also please thank thanks any been but or as an "
    "need needs help know let call hello hi dear morning afternoon regards sincerely sent been get got has yes "
    "still yet already today tomorrow yesterday week month year file update status received waiting office her him "
    "us i me up out down over under off on like than more most such both each other "
    "attached enclosed signed born letter form upload uploading adding proof statement pages birth"
)
_FRENCH_WORDS = (
    "le la les un une des du de et est sont était étaient être été avoir avez avons ont avait a il elle ils elles nous "
    "vous je tu ce cet cette ces son sa ses leur leurs notre nos votre vos mon ma mes qui que quoi dont où quand "
    "comment pourquoi quel quelle quels quelles dans avec sans sous par pour sur chez vers entre depuis pendant avant "
    "après jusqu'à mais ou donc car ni ne pas plus aucun aucune jamais rien très aussi déjà encore toujours au aux en "
    "y peut peuvent pouvez pouvons pourrait pourriez doit doivent devrait faut veut voudrait voulons sera "
    "seront serait "
    "fait faire avons bonjour merci cordialement salutations svp s'il si afin ainsi alors cela ça ceci celui celle "
    "demande dossier client cliente monsieur madame mme ici ci-joint courriel réponse dès lors même tout toute tous "
    "né née signé signée lettre formulaire joint jointe joints jointes pièces preuve naissance annexe "
    "toutes autre autres deux trois jour jours mois année semaine aujourd'hui demain hier lui eux se moi"
)
_SHARED_WORDS = (
    "a on me son car or as note an client pour main comment plus sur but fait si at mes dire des la le non ma no en y "
    "tout sent pas"
)
"""Words of both, and words whose look misleads: they weigh little."""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FRENCH = frozenset(_FRENCH_WORDS.split())
_SHARED = frozenset(_SHARED_WORDS.split())
_ELISION = re.compile(r"(?:^|[^\w'])(?:l|d|qu|n|s|j|c|m|t|jusqu|lorsqu|puisqu)'(?=[aeiouhyàâéèêëîïôû])", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+|\s/\s|\s[–—]\s")
_NOT_WORDS = re.compile(r"https?://\S+|\bwww\.\S+|[^\s@]{1,80}@[^\s@]+")
_QUOTED = re.compile(r"«[^»]{0,200}»|“[^”]{0,200}”|\"[^\"\n]{0,200}\"")

_SMALL = 0.5
_ACCENT = 0.5
_ENOUGH = 2.0
"""Evidence below which nothing is certain."""
_ENOUGH_ALONE = 1.0
"""One plain word of a language settles a very short text in which the other has none."""
_SUBSTANTIAL = 0.12
_SUBSTANTIAL_LEAST = 2.5
"""The lesser language counts as present from this share and this much evidence on."""


@lru_cache(maxsize=8192)
def _weigh_word(word: str) -> tuple[float, float]:
    weight = _SMALL if word in _SHARED else 1.0
    english = weight if word in _ENGLISH else 0.0
    french = weight if word in _FRENCH else 0.0
    if not french and any(letter in "àâæçéèêëîïôœùûü" for letter in word):
        french = _ACCENT
    return english, french


def _weigh(sentence: str) -> tuple[float, float]:
    english = french = 0.0
    for token in _TOKEN.finditer(sentence):
        word = token[0]
        if word[0].isupper() and not word.isupper() and token.start() > 0 and not word.isascii():
            continue  # a name
        in_english, in_french = _weigh_word(word.lower())
        english += in_english
        french += in_french
    return english, french + len(_ELISION.findall(sentence))


def language_of(text: str) -> Language:
    """The language of a text: EN, FR, or BOTH when both are substantially there or neither is certain."""
    plain = _QUOTED.sub(" ", _NOT_WORDS.sub(" ", text.replace("’", "'")))
    english = french = 0.0
    for sentence in _SENTENCE.split(plain):
        in_english, in_french = _weigh(sentence)
        if in_english > in_french:
            english += in_english - in_french / 2
        elif in_french > in_english:
            french += in_french - in_english / 2
    total = english + french
    lesser = min(english, french)
    alone = not lesser and total >= _ENOUGH_ALONE
    if english == french or (total < _ENOUGH and not alone):
        return Language.BOTH
    if lesser >= _SUBSTANTIAL_LEAST and lesser / total >= _SUBSTANTIAL:
        return Language.BOTH
    return Language.EN if english > french else Language.FR

"""Names of people compared: without accents, order or case, whole or in part, as people in Canada write them.

Hyphens, apostrophes and particles do not matter; one half of a double-barrelled name is enough, and one given name of
several; `Ł`, `ø`, `ß`, `æ`, `đ` and the spellings of passports (`Mueller` for `Müller`) are the same letters. An
initial is not a name. Pure; never raises on any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h", "ı": "i",
                        "ŋ": "n", "ŧ": "t", "ə": "a", "ŀ": "l", "ĸ": "k", "ß": "ss"})  # fmt: skip
_AS_IN_PASSPORTS = str.maketrans({"ö": "oe", "ü": "ue", "ä": "ae", "å": "aa", "ø": "oe", "ŋ": "ng", "ð": "dh"})
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_SAID_PARTICLES = (
    "de da do dos das del della di du des la le les los las lo van von der den ter ten te het bin ibn bint ben binti"
    " al el ul ur abu abou ould dela y e i of san santa st ste saint mac mc o d l af av zu zum zur a an bte s"
)
PARTICLES = frozenset(_SAID_PARTICLES.split())
_SAID_HONORIFICS = (
    "mr mrs ms miss mx mister madam dr prof sir rev hon fr sr m mm mme mmes mlle mlles me monsieur madame"
    " mademoiselle maitre docteur late feu feue jr"
)
HONORIFICS = frozenset(_SAID_HONORIFICS.split())
_SAID_PLACEHOLDERS = "fnu lnu xxx xx na n nil none no given name surname family only single"
PLACEHOLDERS = frozenset(_SAID_PLACEHOLDERS.split())
_SAID_NOT_NAMES = (
    "the and or to in on at is are was were be been has have had will would can could may might must shall should not"
    " no with without for from by as that this these those it its he she they we you i his her their our your my who"
    " which when where if but so because than then there here please attached enclosed see sent send asked said met"
    " called about into out up upon over under after before during since until while very too also only just still yet"
    " again both all any et ou dans sur est sont ete etre a ont avait sera pour par avec sans que qui dont quand si"
    " mais donc car ne pas plus un une au aux ce cette ces il elle ils elles nous vous je tu se sa son ses leur leurs"
    " notre nos votre vos mon ma mes dit application applications applicant client clients constituent constituents"
    " office bureau riding constituency circonscription member parliament députée depute deputee senator senateur"
    " senatrice mp document documents file files fichier fichiers dossier dossiers demande demandes letter lettre"
    " passport passeport permit permis visa visitor study work worker student sponsorship spousal citizenship"
    " citoyennete immigration refugee refugie canada canadian ircc mcmps cmds uci iuc dob ddn tel telephone phone"
    " email courriel consent consentement signed signe signee date birth born nee naissance female male femme homme"
    " unknown inconnu inconnue same above below attente voir ci joint jointe type case certificate certificat photo"
    " photos statement express entry family class residence resident permanent temporary federal court police medical"
    " record urgent new status page pages number numero re hello hi bonjour thanks thank merci dear good morning"
    " afternoon regards sincerely cordialement upload bank banque statements contract contrat lease bail"
    " offer offre diploma"
    " diplome transcript transcripts releve releves proof preuve marriage mariage tax notice avis hi team"
    " report rapport"
)
NOT_NAMES = frozenset(_SAID_NOT_NAMES.split())
_SAID_MONTHS = (
    "january february march april june july august september october november december jan feb mar apr jun jul aug"
    " sep sept oct nov dec janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
MONTHS = frozenset(_SAID_MONTHS.split())
_ALIKE = 0.8
_WOMANS = ("", "a", "e", "ne", "le", "te", "ine", "ette")
"""What turns a man's given name into a woman's."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: how it can be spelt without accents, and where it stands."""

    forms: tuple[str, str]
    start: int
    end: int
    capital: bool

    @property
    def plain(self) -> str:
        return self.forms[0]


def _strip(text: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))


def _forms(word: str) -> tuple[str, str]:
    """The word without accents, and as passports spell it."""
    folded = unicodedata.normalize("NFC", word.casefold())
    return _strip(folded.translate(_PLAIN)), _strip(folded.translate(_AS_IN_PASSPORTS).translate(_PLAIN))


def words(text: str) -> list[Word]:
    """The words of a text, letters only, in order."""
    return [
        Word(forms=_forms(match[0]), start=match.start(), end=match.end(), capital=match[0][0].isupper())
        for match in _WORD.finditer(text)
    ]


def joined(parts: Sequence[Word]) -> set[str]:
    return {"".join(part.forms[spelling] for part in parts) for spelling in (0, 1)}


def telling(parts: Sequence[Word]) -> list[Word]:
    """The parts that tell people apart: no particles, no single letters; all parts if nothing else is left."""
    return [part for part in parts if part.plain not in PARTICLES and len(part.plain) > 1] or list(parts)


def alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one[:40], other[:40], autojunk=False).ratio() >= _ALIKE


def can_be_one_given_name(one: str, other: str) -> bool:
    """Whether two given names, plain, can be one person's: an initial, a short form, or nearly the same spelling.

    `Julien` and `Julienne`, `Karim` and `Karima` are brother and sister, not a slip.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        return longer[0] == shorter
    if len(shorter) >= 4 and longer[len(shorter) :] in _WOMANS and longer.startswith(shorter):
        return longer == shorter
    if len(shorter) >= 3 and longer.startswith(shorter):
        return True
    return SequenceMatcher(None, one[:40], other[:40], autojunk=False).ratio() > _ALIKE


def looks_like_a_name(value: str) -> bool:
    """Whether a labelled value can be somebody's name at all, so that it can contradict."""
    said = [word for word in words(value) if word.plain not in HONORIFICS]
    main = telling(said)
    if not main or len(said) > 6 or any(len(word.plain) < 2 or word.plain in NOT_NAMES for word in main):
        return False
    return all(word.capital for word in main) or (not any(word.capital for word in main) and len(main) < 4)


def same_words(one: str, other: str) -> bool:
    """Whether every telling word of `one` stands in `other`: the name under a contact label, the sender's own."""
    said = [word for word in words(one) if word.plain not in HONORIFICS]
    theirs = {word.plain for word in words(other)}
    return bool(said) and all(word.plain in theirs for word in telling(said))

"""The second reader: the packaged model, what may not change its mind, what it shows, and models that are damaged."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd import second_reader
from inboxd.errors import BadConfig
from inboxd.mail import Body
from inboxd.opinions import READ, Opinion
from inboxd.plan import Category
from inboxd.second_reader import PACKAGED, give_opinion, matter, read_model
from inboxd.second_reader.features import Block, key, read_features
from inboxd.second_reader.tokens import LETTERS_MOST, read_tokens
from inboxd.triage.folding import fold
from inboxd.triage.horizon import ZONE

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)
MODEL = read_model(PACKAGED)
LETTERS = [
    "Bonjour, notre commettant doit être renvoyé jeudi à 6 h. Il est détenu à Laval. Pouvez-vous faire surseoir?",
    "Hello, our constituent is in CBSA detention and will be removed on Thursday at 6 a.m. Please call us back today.",
    "Could you tell us the status of application E123456789? It was submitted in March. No hurry, thank you.",
    "Est-ce que vous pourriez nous dire où en est la demande de citoyenneté de madame? Elle attend depuis un an.",
    "Her work permit expires in three days and the employer says she will lose her job. A.R. was sent in July.",
    "The applicant was found inadmissible for misrepresentation. Which policy was applied, and can it be reviewed?",
]


def opinion(text: str, received: datetime = MONDAY) -> Opinion:
    return give_opinion(MODEL, text, received)


def tokens(text: str) -> list[str]:
    return [token.text for token in read_tokens(text, MONDAY)[1]]


@pytest.mark.parametrize(
    ("text", "category"),
    list(zip(LETTERS, ["critical", "critical", "not_met", "not_met", "urgent", "complex"], strict=True)),
)
def test_plain_letters_are_read_as_a_person_would(text: str, category: str) -> None:
    found = opinion(text)
    assert found.category == category
    assert found.confidence > 0.5


def test_an_opinion_is_shares_that_add_up() -> None:
    for text in ("", *LETTERS):
        found = opinion(text)
        assert tuple(category for category, _ in found.shares) == READ
        assert sum(share for _, share in found.shares) == pytest.approx(1)
        assert found.confidence == max(share for _, share in found.shares) == found.share(found.category)
        assert found.share(Category.REVIEW) == 0


def test_of_a_text_without_a_word_it_is_not_sure() -> None:
    for text in ("", "   \n", "…", "\u200b", "你好", "?!"):
        assert opinion(text).confidence == pytest.approx(0.25)
        assert opinion(text).words == ()


@pytest.mark.parametrize("text", ["xqzv wkpt jjqx", "Zdravo, molim vas pomozite mojoj porodici.", "lorem ipsum dolor"])
def test_of_words_it_never_met_it_is_not_sure(text: str) -> None:
    assert opinion(text).confidence < MODEL.manifest.thresholds.confident


def test_the_same_text_gives_the_same_opinion() -> None:
    assert [opinion(text) for text in LETTERS] == [opinion(text) for text in LETTERS]
    again = read_model(PACKAGED)
    assert [give_opinion(again, text, MONDAY) for text in LETTERS] == [opinion(text) for text in LETTERS]


@settings(max_examples=60)
@given(st.sampled_from(LETTERS), st.data())
def test_case_accents_and_wrapping_do_not_matter(text: str, data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))(text)
    if data.draw(st.booleans()):
        changed = "".join(c for c in unicodedata.normalize("NFD", changed) if not unicodedata.combining(c))
    changed = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), changed)
    blanks = data.draw(st.lists(st.sampled_from([" ", "\n", "  ", "\r\n", "\t", "\n\n", "\u00a0"]), min_size=1))
    words = changed.split(" ")
    changed = "".join(word + blanks[at % len(blanks)] for at, word in enumerate(words))
    expected, found = opinion(text), opinion(changed)
    assert found.shares == expected.shares
    assert [fold(words).text for words in found.words] == [fold(words).text for words in expected.words]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.text(alphabet="aé1.,-/ @\n'ß²İ\ud800", max_size=400))
def test_any_text_gives_an_opinion_and_shows_its_own_words(text: str) -> None:
    found = opinion(text)
    plain = " ".join(text.split())
    assert found.category in READ
    assert 0.25 <= found.confidence <= 1
    assert len(found.words) <= 6
    assert all(words and words in plain for words in found.words)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000, "a " * 1_000_000, "1" * 500_000, "@" * 500_000, "not " * 300_000, "\n" * 2_000_000,
        "on friday " * 100_000, "1/2/2026 " * 100_000, "mr a" * 300_000, "12 years old " * 80_000, "é́" * 300_000,
        "in 9 days ? " * 60_000, "x1" * 400_000, "-" * 500_000, " ".join(str(n) for n in range(200_000)),
    ],
    ids=lambda text: text[:8].strip() or "blank",
)
def test_no_text_makes_it_run_away(text: str) -> None:
    begun = time.process_time()
    opinion(text)
    assert time.process_time() - begun < 5  # it takes a tenth of this; a text is read up to LETTERS_MOST


def test_a_long_text_is_read_to_its_limit() -> None:
    long = LETTERS[2] + " x" * LETTERS_MOST
    assert opinion(long + LETTERS[1]).shares == opinion(long).shares


@pytest.mark.parametrize("text", LETTERS)
def test_words_shown_spoke_for_the_category(text: str) -> None:
    """Without them the text speaks less for it."""
    found = opinion(text)
    assert found.words
    rest = text
    for words in found.words:
        assert words in text
        rest = rest.replace(words, " ")
    assert opinion(rest).share(found.category) < found.confidence


def test_no_name_or_number_of_a_person_is_shown() -> None:
    for name, number in (("Tadesse", "E123456789"), ("Ngozi", "S770213486"), ("Bouchard", "1234-5678")):
        text = f"Mr. {name} will be removed on Thursday, file {number}; {name} is detained. Call 613-555-0199."
        found = opinion(text)
        shown = " ".join(found.words)
        assert name not in shown
        assert not re.search(r"\d{3}", shown)


def test_whose_file_it_is_does_not_matter() -> None:
    one = "Mr. Tadesse is detained, file E123456789, and will be removed on Thursday. Mr. Tadesse is 41 years old."
    other = "Mr. Okonkwo is detained, file W987654321, and will be removed on Thursday. Mr. Okonkwo is 38 years old."
    assert opinion(one).shares == opinion(other).shares


def test_the_day_of_receipt_says_how_near_a_date_is() -> None:
    text = "He will be removed to Lagos on 12 November 2026."
    near = opinion(text, MONDAY).share(Category.CRITICAL)
    past = opinion(text, MONDAY + timedelta(days=200)).share(Category.CRITICAL)
    assert near > past
    moved = text.replace("12 November", "19 November")
    assert opinion(moved, MONDAY + timedelta(days=7)).shares == opinion(text, MONDAY).shares


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tomorrow, or in 8 days.", ["<d1>", ",", "or", "<d10>", "."]),
        ("le 20 novembre; il y a trois ans", ["le", "<d30>", ";", "<long-past>"]),
        ("hier / on 3 June 2027", ["<past>", "on", "<later>"]),
        ("aged 4, aged 82, 40 years old", ["<minor>", ",", "<elder>", ",", "<age>"]),
        ("E123 456 789 a.b@parl.example 613-555-0199", ["<app>", "<mail>", "<tel>"]),
        ("UCI 12-3456-7890 at 6 a.m.", ["uci", "<uci>", "at", "<time>"]),
        ("M. Diallo attend. Diallo a 3 dossiers, 45 pages, 2019", [
            "m", "<name>", "attend", ".", "<name>", "a", "3", "dossiers", ",", "<tens>", "pages", ",", "<year>"
        ]),
        ("don't l’été ÉCHÉANT", ["don't", "l'ete", "echeant"]),
    ],
)  # fmt: skip
def test_dates_numbers_and_names_stand_for_what_they_are(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_negation_reaches_to_the_end_of_its_clause() -> None:
    _, _, blocks = read_features("He is not in any danger, but removal is near.", MONDAY)
    marks = blocks[Block.MARKS]
    assert key(Block.MARKS, "not:danger") in marks
    assert key(Block.MARKS, "not:removal") not in marks
    question = read_features("He is safe. Is he safe?", MONDAY)[2][Block.MARKS]
    assert len(question[key(Block.MARKS, "?safe")]) == 1


def body(new: str, forwarded: str = "") -> Body:
    return Body(full=new, new=new, quoted="", signature="", forwarded=forwarded, html_only=False, links=())


def test_the_matter_is_the_new_words_or_what_they_point_to() -> None:
    story = "My mother is dying."
    assert matter(body("Status please."), "Question", is_reply=False) == "Question.\n\nStatus please."
    assert matter(body("Status please."), "Re: Danger", is_reply=True) == "Status please."
    assert story in matter(body("Please see below, can you help this family today?", story), "", is_reply=False)
    assert story in matter(body("Voir plus bas, svp, et nous rappeler dès que possible.", story), "", is_reply=True)
    assert story in matter(body("Help?", story), "", is_reply=False)
    assert story not in matter(body("word " * 61 + "see below", story), "", is_reply=False)
    calm = "He was laughing on the phone, nothing is wrong at all. Where does his file stand today?"
    assert story not in matter(body(calm, story), "", is_reply=False)


# The packaged model, and damaged ones.


def test_the_packaged_model_is_small_sound_and_current() -> None:
    assert MODEL.is_current, "texts are read in another way than when it was trained: make second-reader"
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) < 2_000_000
    manifest = MODEL.manifest
    assert manifest.validation["texts"] == sum(source.texts for source in manifest.learned_from) > 2_500
    assert manifest.validation["accuracy"] > 0.88
    assert 0.25 < manifest.thresholds.confident < 0.95
    assert 0 < manifest.thresholds.critical < 0.25


def test_the_packaged_model_learned_from_the_texts_of_this_project() -> None:
    training = Path(__file__).parents[2] / "training"
    there = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in training.glob("*.jsonl")}
    assert {source.name: source.sha256 for source in MODEL.manifest.learned_from} == there


def test_texts_to_learn_from_name_invented_people_only() -> None:
    training = Path(__file__).parents[2] / "training"
    found = set(re.findall(r"@([\w-]+(?:\.[\w-]+)+)", "".join(path.read_text("utf-8") for path in training.iterdir())))
    assert {domain for domain in found if not domain.endswith(".example")} == set()


def test_reading_needs_no_arithmetic_library() -> None:
    code = (
        "import sys; from inboxd.second_reader import *; from datetime import *;"
        "give_opinion(read_model(PACKAGED), 'Removal tomorrow', datetime(2026, 11, 2, tzinfo=timezone.utc));"
        "print([name for name in ('numpy', 'scipy', 'pickle') if name in sys.modules and name != 'pickle'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGED, tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path) -> str:
    with pytest.raises(BadConfig) as caught:
        read_model(folder)
    return str(caught.value)


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def revouch(folder: Path, name: str, content: bytes) -> None:
    """Another array, with a manifest that says it is right."""
    (folder / name).write_bytes(content)
    arrays = json.loads((folder / "manifest.json").read_text("utf-8"))["arrays"]
    arrays[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite(folder, arrays=arrays)


@pytest.mark.parametrize("name", ["manifest.json", "features.bin", "rarity.bin", "weights.bin"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    assert re.search(rf"{name}: cannot be read: No such file", refused(copied))


@pytest.mark.parametrize("name", ["features.bin", "rarity.bin", "weights.bin"])
def test_a_damaged_array_is_named(copied: Path, name: str) -> None:
    path = copied / name
    content = path.read_bytes()
    path.write_bytes(content[:-4])
    assert f"{name}: has {len(content) - 4} bytes; manifest.json says {len(content)}" in refused(copied)
    path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    assert f"{name}: is not the file that manifest.json describes" in refused(copied)


def test_arrays_that_do_not_belong_together_are_refused(copied: Path) -> None:
    rarity = (copied / "rarity.bin").read_bytes()
    revouch(copied, "rarity.bin", rarity[:-1])
    assert "rarity.bin: holds" in refused(copied)
    revouch(copied, "rarity.bin", rarity)
    features = (copied / "features.bin").read_bytes()
    revouch(copied, "features.bin", features[:-1])
    assert "features.bin: does not hold whole numbers" in refused(copied)
    revouch(copied, "features.bin", features[4:8] + features[:4] + features[8:])
    assert "features.bin: is not in rising order" in refused(copied)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layout": 99}, r"manifest.json: layout: is of layout 99; this inboxd reads layout 1: train"),
        ({"categories": ["urgent", "critical", "complex", "not_met"]}, "categories: must be critical, urgent"),
        ({"scales": [1, 1, 1]}, "scales"),
        ({"scales": [1, 1, 1, float("nan")]}, "scales.3"),
        ({"sharpness": 0}, "sharpness"),
        ({"arrays": {}}, "arrays.features.bin: is missing"),
        ({"surprise": 1}, "surprise"),
        ({"thresholds": {"confident": 2, "critical": 0}}, "thresholds.confident"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(copied: Path, change: dict[str, object], message: str) -> None:
    rewrite(copied, **change)
    assert re.search(message, refused(copied))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_manifest_that_is_none_is_refused(copied: Path, content: bytes) -> None:
    (copied / "manifest.json").write_bytes(content)
    assert "manifest.json" in refused(copied)


def test_a_file_of_another_kind_is_not_read_into_memory(copied: Path) -> None:
    with (copied / "weights.bin").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert "weights.bin: is larger than" in refused(copied)


def test_a_model_of_another_reading_says_so(copied: Path) -> None:
    rewrite(copied, features_digest="0" * 16)
    model = read_model(copied)
    assert not model.is_current
    assert model.version != MODEL.version
    assert dataclasses.replace(model, version=MODEL.version, manifest=MODEL.manifest) == MODEL
    assert second_reader.give_opinion(model, LETTERS[0], MONDAY) == opinion(LETTERS[0])

"""The report as people see it: in a real browser, on paper, in both languages, in black and white; and its words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from inboxd.database import Database, open_engine
from inboxd.documents import FileOutcome, Reason, SubmissionOutcome
from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.plan import Category
from inboxd.reporting import Period, Report, make, page
from inboxd.reporting.causes import Cause
from inboxd.reporting.documents import FILING
from inboxd.reporting.history import Standing
from inboxd.reporting.mails import ROUTES
from inboxd.reporting.wording import PAGES, read_words, voice
from inboxd.settings import read_settings
from inboxd.triage.roster import PROVINCES, read_roster
from tests.chromium import Seen, look_at
from tests.office import Server, write_office
from tests.unit.reported_office import STANDARDS, Desk, at
from tests.unit.test_report_figures import NOVEMBER, NOW, worked

BOTH = (Language.EN, Language.FR)
LETTER = (612, 792)
PRINTED = 702
"""Pixels between the margins of a page of that size: 8.5 inches less twice 15 mm."""
LONGEST_LABEL = 32
HOSTILE = 'Office <script>alert(1)</script> & "Co"'
MEASURE = """<script>
const wrong = [];
for (const one of document.querySelectorAll("body *")) {
  const box = one.getBoundingClientRect();
  if (box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1) && !one.closest(".fills"))
    wrong.push(one.tagName + " " + one.className + " " + Math.round(box.right) + " " + one.textContent.slice(0, 40));
}
for (const text of document.querySelectorAll("svg text")) {
  const box = text.getBBox(), room = text.ownerSVGElement.viewBox.baseVal;
  if (box.x < 0 || box.x + box.width > room.width || box.y + box.height > room.height + 2)
    wrong.push("text " + text.textContent);
}
for (const chart of document.querySelectorAll("figure.chart > svg")) {
  const across = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width * 13;
  if (across < 8.5) wrong.push("letters of " + across.toFixed(1) + " px in " + chart.textContent.trim().slice(0, 40));
}
document.body.dataset.wrong = JSON.stringify(wrong);
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    root = tmp_path_factory.mktemp("office")
    settings = read_settings(write_office(root, imap=Server(port=1, username="u", password="p"), smtp=Server(port=2)))
    database = Database(open_engine(f"sqlite:///{root}/inboxd.sqlite"))
    database.prepare()
    desk = Desk(database)
    worked(desk)
    desk.case(at("2026-11-02 08:00"), "complex", queue="mil")
    for day in range(2, 18):
        sender = ("alma.rivers@parl.example", "bureau.lachaine@parl.example")[day % 2]
        desk.mail(at(f"2026-11-{day:02} 10:00"), "follow_up", sender=sender, language=("en", "fr")[day % 2])
    desk.mail(at("2026-11-05 10:00"), "unverified", held="SENDER_UNVERIFIED")
    desk.submission(at("2026-11-09 10:00"), "accept")
    desk.submission(at("2026-11-02 10:00"), "hold", reasons=("INFO_MISSING",), outcomes=("held",), held="INFO_MISSING")
    desk.submission(at("2026-11-09 10:00"), "partial", reasons=("ENCRYPTED",), outcomes=("attached", "refused"))
    made = make(database, settings, STANDARDS, read_roster(root / "roster.csv"), NOVEMBER, as_of=NOW)
    database.close()
    return replace(made, office_en=HOSTILE)


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return "".join(page.pieces(report, BOTH))


@pytest.fixture(scope="module")
def seen(text: str, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """In the browser as it is."""
    root = tmp_path_factory.mktemp("seen")
    (root / "report.html").write_text(text, encoding="utf-8")
    return look_at(root / "report.html", root / "made", width=1100, height=4000)


def measured(text: str, root: Path, *, width: int, printed: bool) -> list[str]:
    """What does not fit, by the browser's own measure; as printed, or as on a screen."""
    copy = re.sub(r"<meta http-equiv=[^>]+>", "", text).replace("</body>", f"{MEASURE}</body>")
    if printed:
        copy = copy.replace("@media print", "@media all")
    (root / "measured.html").write_text(copy.replace("<details>", "<details open>"), encoding="utf-8")
    dom = look_at(root / "measured.html", root / f"made{width}", width=width, height=1000).dom
    wrong = re.search(r'data-wrong="([^"]*)"', dom)
    assert wrong is not None
    return list(json.loads(unescape(wrong[1])))


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_a_browser_shows_both_languages_with_their_charts(seen: Seen) -> None:
    english, french = re.findall(r'<main class="part" id="\w\w" lang="(\w\w)">', seen.dom)
    assert (english, french) == ("en", "fr")
    for part in re.findall(r"<main.*?</main>", seen.dom, re.DOTALL):
        charts = re.findall(r'<figure class="chart">.*?</figure>', part, re.DOTALL)
        assert len(charts) >= 12
        assert all("<title" in chart and "<desc" in chart and "<rect" in chart for chart in charts)
    assert "Report on service standards" in seen.dom
    assert "Messages reçus en novembre 2026" in unescape(seen.dom)


def test_the_picture_shows_bars_and_missed_ones_by_their_pattern(seen: Seen) -> None:
    picture = Image.open(seen.picture).convert("RGB")
    assert picture.size == (1100, 4000)
    colours = Counter(picture.get_flattened_data())
    assert colours[0x26, 0x61, 0x8C] > 20_000, "bars"
    assert colours[0x9C, 0x1C, 0x1C] > 100, "hatching"
    assert colours[255, 255, 255] > picture.width * picture.height / 2, "paper"


def test_it_prints_on_letter_paper(seen: Seen) -> None:
    with pikepdf.open(seen.pdf) as printed:
        sizes = {tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in printed.pages}
        count = len(printed.pages)
    assert sizes == {LETTER}
    assert 8 <= count <= 24


def test_nothing_is_wider_than_the_paper(text: str, tmp_path: Path) -> None:
    assert measured(text, tmp_path, width=PRINTED, printed=True) == []


def test_every_figure_leads_to_its_list(report: Report, text: str) -> None:
    elements = Elements(text)
    ids = Counter(attributes["id"] for _, attributes in elements.found if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    links = {attributes["href"] for attributes in elements.of("a")}
    assert {link[1:] for link in links} - set(ids) == set()
    lines = (line for table in report.tables.values() for line in table.lines)
    assert {f"#list-{count.listing}" for line in lines for count in line.counts if count.value} <= links


def test_every_name_of_a_list_stands_in_it(report: Report, text: str) -> None:
    parts = dict(re.findall(r'<div id="list-([^"]+)" class="list">(.*?)</details>', text, re.DOTALL))
    for name, listing in report.listings.items():
        shown = unescape(re.sub(r"<thead>.*?</thead>|<td>.*?</td>", " ", parts[name], flags=re.DOTALL))
        words = re.sub(r"<[^>]+>", " ", shown)
        if "#list-" in parts[name]:
            continue  # the sum of others, which it names
        assert Counter(spread(words)) == Counter(map(str, listing.names)), name


def spread(words: str) -> Iterator[str]:
    for word in re.split(r"[,\s]+", words.strip()):
        first, _, last = word.partition("–")
        yield from map(str, range(int(first), int(last) + 1)) if last else (word,)


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(text: str) -> None:
    elements = Elements(text)
    assert elements.of("script") == elements.of("link") == elements.of("img") == elements.of("iframe") == []
    assert not [attributes for _, attributes in elements.found if any(name.startswith("on") for name in attributes)]
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "url(http" not in text
    assert "@import" not in text


def test_what_comes_from_rows_and_settings_is_escaped(text: str) -> None:
    assert "<script" not in text
    assert "Office &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Co&#34;" in text


def test_a_table_stands_beside_every_chart_and_is_headed(text: str) -> None:
    for figure in re.findall(r'<section class="figures".*?</section>', text, re.DOTALL):
        if "<figure" in figure:
            assert figure.count("<table") == figure.count("<caption>") == 1
            assert 'scope="col"' in figure
            assert 'scope="row"' in figure


def test_french_has_its_spaces_and_its_numbers(report: Report) -> None:
    french = "".join(page.pieces(report, (Language.FR,)))
    assert 'lang="en"' not in french
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", french, flags=re.DOTALL)
    assert re.findall(r"\w [;?!»%](?=\s)|« ", unescape(words)) == []
    assert re.findall(r"[A-Za-zÀ-ÿ)] :(?=\s)", unescape(words)) == []
    assert "Situation le mercredi 18 novembre 2026, 9 h (HE)." in unescape(words).replace("\xa0", " ")
    assert re.search(r"\d,\d\xa0%", unescape(words))


def test_one_language_alone_has_nothing_of_the_other(report: Report) -> None:
    english = "".join(page.pieces(report, (Language.EN,)))
    assert 'lang="fr"' not in english
    assert "Messages reçus" not in english


def contrast(colour: str) -> float:
    """Against white (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[place:place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_letters_are_dark_enough_and_fills_differ_without_colour() -> None:
    style = (PAGES / "report.css").read_text(encoding="utf-8")
    inks = {found * 2 if len(found) == 3 else found for found in re.findall(r"[ {]color: #([0-9a-f]{3,6})", style)}
    assert inks
    assert all(contrast(ink) >= 4.5 for ink in inks), inks
    fills = dict(re.findall(r"\.(good|bad|open|dots|pale|fair|worse) \{ fill: ([^;]+);", style))
    assert len(set(fills.values())) == len(fills) >= 6
    solid = sorted(contrast(fill[1:]) if len(fill) == 7 else 1.0 for fill in fills.values() if fill.startswith("#"))
    assert all(after / before >= 1.4 for before, after in pairwise(solid)), "one grey from the other"


def keys(given: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(given, dict):
        for key, value in given.items():
            yield from keys(value, (*path, key))
    else:
        yield path


def test_both_languages_have_the_same_words() -> None:
    english, french = (list(keys(read_words(language))) for language in BOTH)
    assert english == french


@pytest.mark.parametrize("language", BOTH)
def test_every_code_has_its_words(language: Language) -> None:
    said = voice(language, "America/Toronto", (2, 5))
    codes = said.words["codes"]
    wanted: dict[str, Sequence[str]] = {
        "routes": ROUTES, "categories": [category.value for category in Category], "causes": [*Cause],
        "cause_notes": [*Cause], "standings": [*Standing], "short": [*Standing], "provinces": PROVINCES,
        "submissions": [*SubmissionOutcome], "files": [*FileOutcome], "filing": FILING, "languages": [*Language],
    }  # fmt: skip
    for group, names in wanted.items():
        assert set(map(str, names)) - set(codes[group]) == set(), group
    assert [reason for reason in Reason if not said.note("reasons", reason)] == []
    long = [text for group in wanted if group not in ("cause_notes", "standings") for text in codes[group].values()
            if len(text.replace("{warn}", "2").replace("{breach}", "5")) > LONGEST_LABEL]  # fmt: skip
    assert long == [], "too long for a chart"


@pytest.mark.parametrize(("value", "english", "french"), [
    (None, "–", "–"), (0, "0 min", "0 min"), (1 / 3600, "1 min", "1 min"), (0.5, "30 min", "30 min"),
    (2, "2 h", "2 h"), (2.25, "2 h 15 min", "2 h 15"), (1234.05, "1,234 h 03 min", "1 234 h 03"),
])  # fmt: skip
def test_hours_are_said_as_people_say_them(value: float | None, english: str, french: str) -> None:
    said = [voice(language, "America/Toronto", (2, 5)).hours(value).replace("\xa0", " ") for language in BOTH]
    assert said == [english, french]


def test_a_share_is_whole_only_if_nothing_is_missing() -> None:
    english, french = (voice(language, "America/Toronto", (2, 5)) for language in BOTH)
    shares = (1, 0.99996, 0.5, 0.0001, 0)
    assert [english.share(share) for share in shares] == ["100.0%", "99.9%", "50.0%", "0.1%", "0.0%"]
    assert french.share(0.125) == "12,5\xa0%"


def test_ids_stand_together_where_they_follow_one_another() -> None:
    assert page.runs([7, 3, 1, 2, 9, 8, 12]) == ["1–3", "7–9", "12"]
    assert page.runs(["MC26-000001-A", "MC26-000002-B"]) == ["MC26-000001-A", "MC26-000002-B"]
    assert page.runs([]) == []


def test_a_long_period_is_counted_by_month() -> None:
    year = Period(first=date(2026, 1, 15), last=date(2026, 3, 31))
    assert list(year.codes()) == ["2026-01", "2026-02", "2026-03"]
    assert len(list(Period(first=date(2026, 1, 1), last=date(2026, 1, 1) + timedelta(days=61)).codes())) == 62


def test_a_file_is_whole_or_as_it_was(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    page.write(report, path, BOTH, replace=False)
    before = path.read_bytes()
    with pytest.raises(Permanent, match="is there already"):
        page.write(report, path, BOTH, replace=False)

    def broken(*_: object) -> Iterator[str]:
        yield "<!doctype html>"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "pieces", broken)
    with pytest.raises(Permanent, match="No space left"):
        page.write(report, path, BOTH, replace=True)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]

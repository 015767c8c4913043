"""PDFs: what every reader opens goes in; what is locked, runs something or lacks pages does not."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from inboxd.documents import Finding, Reason
from inboxd.inspection import inspect
from tests.files import pdf

PDF = "application/pdf"
SOUND = Finding()


def look(content: bytes) -> Finding:
    return inspect(content, PDF, "letter.pdf")


def refused(reason: Reason, detail: str) -> Finding:
    return Finding(reason=reason, detail=detail)


def active(detail: str) -> Finding:
    return refused(Reason.MACRO_OR_ACTIVE, detail)


def corrupt(detail: str) -> Finding:
    return refused(Reason.EMPTY_OR_CORRUPT, detail)


def pages_of(drawing: bytes, count: int = 1, **entries: object) -> bytes:
    """A document whose pages have this content, as it is, with these entries beside it."""
    made = Pdf.new()
    for _ in range(count):
        content = Stream(made, drawing, **entries)
        made.pages.append(pikepdf.Page(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 9, 9]), Contents=content)))
    target = io.BytesIO()
    made.save(target, static_id=True)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pdf.pdf(), pdf.pdf(7, packed=True), pdf.scan(), pdf.form(), pdf.link(), pdf.xfa(), pdf.damaged_xref(),
        pdf.without_end(), pdf.with_garbage(), pdf.without_table(pdf.scan()),
    ],
    ids=["letter", "packed", "scan", "form", "link", "xfa", "xref", "no %%EOF", "garbage around", "scan repaired"],
)
def test_what_readers_open_is_accepted(content: bytes) -> None:
    assert look(content) == SOUND


def test_a_file_that_opens_without_asking_is_accepted_though_it_is_encrypted() -> None:
    assert look(pdf.owner_only()) == SOUND


@pytest.mark.parametrize("strength", [2, 3, 4, 6])
def test_a_password_is_named_whatever_the_cipher(strength: int) -> None:
    lock = pikepdf.Encryption(user="Maple", owner="o", R=strength, aes=strength > 3, metadata=strength > 3)
    assert look(pdf.saved(pdf.document(), encryption=lock)) == refused(Reason.ENCRYPTED, "password needed to open")


def test_a_file_locked_by_certificates_is_encrypted_not_damaged() -> None:
    content = pdf.encrypted().replace(b"/Filter /Standard", b"/Filter /Adobe.PS")
    assert b"Adobe.PS" in content
    assert look(content) == refused(Reason.ENCRYPTED, "locked for certain readers")


def test_the_cover_of_a_rights_managed_file_is_encrypted_not_an_attachment() -> None:
    def wrap(made: Pdf) -> None:
        inner = made.make_stream(b"%PDF-1.7 locked", Type=Name.EmbeddedFile)
        made.Root.AF = Array([made.make_indirect(
            Dictionary(Type=Name.Filespec, AFRelationship=Name.EncryptedPayload, EF=Dictionary(F=inner))
        )])

    assert look(pdf.changed(wrap)) == refused(Reason.ENCRYPTED, "locked by rights management")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (pdf.javascript(), "JavaScript in /OpenAction of the catalog"),
        (pdf.javascript(packed=True), "JavaScript in /OpenAction of the catalog"),
        (pdf.javascript_by_name(), "JavaScript in the document's scripts"),
        (pdf.javascript_in_field(), "JavaScript in a form field on page 1"),
        (pdf.xfa(pdf.SCRIPT), "JavaScript in the fillable form (XFA)"),
        (pdf.launch(), "a program to start in an annotation on page 1"),
        (pdf.embedded_file(), "a file embedded in the document"),
        (pdf.embedded_file(packed=True), "a file embedded in the document"),
        (pdf.attached_file(), "a file embedded in an annotation on page 1"),
        (pdf.rich_media(), "film or 3D in an annotation"),
        (pdf.action("Rendition"), "film or 3D in an annotation on page 1"),
    ],
)
def test_active_content_is_refused_and_named(content: bytes, detail: str) -> None:
    assert look(content) == active(detail)


def test_a_name_may_be_written_in_another_way() -> None:
    assert look(pdf.javascript().replace(b"/JavaScript", b"/J#61v#61Script")).reason is Reason.MACRO_OR_ACTIVE
    assert look(pdf.launch().replace(b"/Launch", b"/#4cau#6ech")).reason is Reason.MACRO_OR_ACTIVE


def test_a_kind_of_action_in_an_object_of_its_own_is_seen() -> None:
    def hide(made: Pdf) -> None:
        made.Root.OpenAction = Dictionary(S=made.make_indirect(Name.Launch), F=String("calc.exe"))

    assert look(pdf.changed(hide)) == active("a program to start in /OpenAction of the catalog")


def test_a_script_that_nothing_refers_to_counts() -> None:
    """Objects are written only if they are referred to, so the reference is broken afterwards."""
    content = pdf.javascript().replace(b"/OpenAction", b"/NoActionXX")
    assert look(content) == active("JavaScript in the document's scripts")


def test_a_script_in_a_chain_of_actions_is_seen() -> None:
    def chain(made: Pdf) -> None:
        last = made.make_indirect(Dictionary(S=Name.JavaScript, JS=made.make_stream(b"app.beep()")))
        first = Dictionary(S=Name.Named, N=Name.NextPage, Next=Array([Dictionary(S=Name.URI, Next=last)]))
        made.Root.OpenAction = first

    assert look(pdf.changed(chain)) == active("JavaScript in /OpenAction of the catalog")


@pytest.mark.parametrize("kind", ["SubmitForm", "ImportData", "GoToR", "URI"])
def test_what_a_person_presses_is_no_active_content_but_what_happens_by_itself_is(kind: str) -> None:
    def by_itself(made: Pdf) -> None:
        made.Root.OpenAction = Dictionary(S=Name(f"/{kind}"), F=String("https://riding.example/"))

    def on_page(made: Pdf) -> None:
        made.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name(f"/{kind}"), F=String("https://riding.example/")))

    def on_press(made: Pdf) -> None:
        made.pages[0].obj.AA = Dictionary(U=Dictionary(S=Name(f"/{kind}"), F=String("https://riding.example/")))

    assert look(pdf.action(kind)) == look(pdf.changed(on_press)) == SOUND
    told = active(f"/{kind} by itself when the file is opened")
    assert look(pdf.changed(by_itself)) == look(pdf.changed(on_page)) == told


def test_an_empty_list_of_attachments_is_harmless() -> None:
    def empty(made: Pdf) -> None:
        made.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([])), JavaScript=Dictionary(Names=Array([])))

    assert look(pdf.changed(empty)) == SOUND


def test_resources_may_be_called_like_actions() -> None:
    def name(made: Pdf) -> None:
        fonts = made.pages[0].obj.Resources.Font
        for key in ("/JS", "/EF", "/AA", "/Launch", "/JavaScript"):
            fonts[key] = fonts.F1

    assert look(pdf.changed(name)) == SOUND


def test_text_about_scripts_is_no_script() -> None:
    assert look(pdf.pdf(text="How /JavaScript and /Launch work")) == SOUND


def test_settings_of_a_form_may_say_script() -> None:
    def form(made: Pdf) -> None:
        config = made.make_stream(b"<config><present><script><runScripts>both</runScripts></script></present></config>")
        made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Array([String("config"), config]))

    assert look(pdf.changed(form)) == SOUND


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (pdf.truncated(), "ends before its cross-reference table"),
        (pdf.truncated(packed=True), "ends before its cross-reference table"),
        (pdf.zero_pages(), "no pages"),
        (pdf.damaged_stream(), "page 1 cannot be unpacked"),
        (pdf.scan_without_picture(), "page 2 has lost a picture"),
        (b"%PDF-1.7\nnothing of the kind\n", "damaged beyond repair"),
        (bytes(300), "nothing in it"),
    ],
    ids=["half", "half packed", "no pages", "stream", "lost picture", "only a head", "zeros"],
)
def test_what_cannot_be_shown_in_full_is_refused(content: bytes, detail: str) -> None:
    assert look(content) == corrupt(detail)


def test_pages_that_the_tree_counts_but_lacks_are_missing() -> None:
    whole = pdf.pdf(3)
    kids = whole.index(b"/Kids [ 3 0 R 4 0 R 5 0 R ]")
    lost = whole[:kids] + b"/Kids [ 3 0 R 4 0 R 9 0 R ]" + whole[kids + 27 :]
    assert look(lost) == corrupt("pages are missing")
    assert look(pdf.without_table(lost)) == corrupt("pages are missing")


def test_a_page_that_was_deleted_carelessly_is_not_missing() -> None:
    """A reference to nothing, but the count was corrected: all that there is is shown."""
    whole = pdf.pdf(3).replace(b"/Kids [ 3 0 R 4 0 R 5 0 R ]", b"/Kids [ 3 0 R 4 0 R 9 0 R ]")
    assert look(whole.replace(b"/Count 3", b"/Count 2")) == SOUND


def test_half_of_a_form_that_was_saved_again_is_not_taken_for_its_older_state() -> None:
    older = pdf.form()
    update = b"\n7 0 obj\n<< /Filled true >>\nendobj\n"
    assert look(older + update) == corrupt("ends before its cross-reference table")


def test_active_content_of_a_damaged_file_is_told_first() -> None:
    content = pdf.javascript()
    assert look(pdf.without_table(content)) == active("JavaScript in /OpenAction of the catalog")
    ruin = content[: content.index(b"xref")].replace(b"/Pages", b"/Pagez")
    assert look(ruin) == active("JavaScript in a damaged file")


def test_names_need_not_be_utf_8() -> None:
    def name(made: Pdf) -> None:
        page = made.pages[0].obj
        page.Resources.Font["/FQ"] = page.Resources.Font.F1
        page.Contents = made.make_stream(b"BT /F\xe9 9 Tf 20 20 Td (x) Tj ET")

    named = pdf.changed(name)
    whole = named.replace(b"/FQ", b"/F\xe9")
    assert look(whole) == look(pdf.without_table(whole)) == SOUND
    assert look(pdf.without_table(named)) == corrupt("page 1 has lost a font")


def test_a_page_whose_content_is_gone_is_not_taken_for_a_blank_one() -> None:
    assert look(pdf.pdf().replace(b"/Contents 4 0 R", b"/Contents 9 0 R")) == corrupt("page 1 has lost its content")
    assert look(pdf.pdf().replace(b"/Contents 4 0 R", b"/Rotate 0      ")) == SOUND


def test_a_page_that_unfolds_without_end_is_held_for_a_person() -> None:
    large = zlib.compress(b" " * 80_000_000, 9)
    assert look(pages_of(large, Filter=Name.FlateDecode)).reason is Reason.NOT_CHECKED
    twice = zlib.compress(zlib.compress(b" " * 300_000_000, 9), 9)
    assert len(twice) < 10_000
    assert look(pages_of(twice, Filter=Array([Name.FlateDecode, Name.FlateDecode]))).reason is Reason.NOT_CHECKED


def test_streams_without_end_are_not_repaired_one_by_one() -> None:
    """The repair of each would search the rest of the file: a minute for two megabytes."""
    streams = b"".join(b"%d 0 obj\n<</Length 9999999>>\nstream\n" % number for number in range(4, 60_000))
    content = b"%PDF-1.4\n" + streams + b"trailer\n<< /Root 1 0 R >>\nstartxref\n1\n%%EOF\n"
    assert look(content) == corrupt("damaged beyond repair")


WHOLE = (pdf.pdf(6, fill=60), pdf.pdf(6, fill=60, packed=True), pdf.scan(3))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WHOLE), st.floats(0.01, 1))
def test_a_cut_is_noticed_unless_only_the_table_is_lost(whole: bytes, share: float) -> None:
    cut = whole[: int(len(whole) * share)]
    complete = cut.count(b"endobj") == whole.count(b"endobj") and (b"trailer" in cut or b"/XRef" in cut)
    found = look(cut)
    assert found.reason is Reason.EMPTY_OR_CORRUPT or (complete and found == SOUND)

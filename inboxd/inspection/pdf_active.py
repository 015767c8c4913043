"""What in a PDF runs, starts or carries something else: every object is looked at, also those packed into streams.

Refused: JavaScript, programs to launch, files inside the file, films and 3D, and actions that reach out by themselves
when the file is opened. Not refused: links, and a button that sends a form, because a person has to press those; form
fields without scripts; sounds. Objects that nothing refers to count, too: another reader may repair the file another
way and reach them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

_SUSPECT = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFile|EF|EncryptedPayload|RichMedia|RichMediaExecute|GoTo3DView|Movie|Rendition"
    rb"|3D|XFA|AA|OpenAction)\b"
)
"""Names in the library's own spelling of an object, where `/J#53` has become `/JS`; only these objects are walked."""
_REACHES_OUT = frozenset({b"/SubmitForm", b"/ImportData", b"/GoToR", b"/GoToE", b"/URI"})
_BY_HAND = frozenset({"/D", "/U"})
"""Additional actions of a mouse button that goes down or up (ISO 32000-1, 12.6.3): a person's own doing."""
_MEDIA = frozenset({b"/RichMedia", b"/Movie", b"/3D"})
_MEDIA_ACTIONS = frozenset({b"/Rendition", b"/Movie", b"/RichMediaExecute", b"/GoTo3DView"})
_PATHS = ("/F", "/UF", "/DOS", "/Mac", "/Unix")
_SCRIPT = re.compile(rb"<(?:[\w.-]+:)?script\b", re.IGNORECASE)
_TEMPLATE = re.compile(rb"<(?:[\w.-]+:)?template\b.*", re.IGNORECASE | re.DOTALL)
_MOST_FOLLOWED = 100
_MOST_PLACES = 20_000

LOCKED = "rights management"

_IN_RUINS = (
    (re.compile(rb"/(?:JavaScript|JS)\b"), "JavaScript"),
    (re.compile(rb"/Launch\b"), "a program to start"),
    (re.compile(rb"/EmbeddedFiles?\b"), "a file embedded"),
)


def active_in_ruins(content: bytes) -> str:
    """What a file that cannot be opened names in plain sight: another reader may repair more of it."""
    return next((f"{words} in a damaged file" for name, words in _IN_RUINS if name.search(content)), "")


def spelled(item: object) -> bytes:
    """A name as the library spells it, `/Launch`. As text it would fail where it is not UTF-8, which is allowed."""
    return item.unparse(resolved=True) if isinstance(item, Object) else b""


def _is_script(item: Object) -> bool:
    return bool(item.get("/S") == "/JavaScript") or ("/JS" in item and "/S" in item)


def _is_launch(item: Object) -> bool:
    return bool(item.get("/S") == "/Launch")


def _is_wrapper(item: Object) -> bool:
    """The cover page around a rights-managed PDF (ISO 32000-2, 7.6.7): the real one is locked inside."""
    return bool(item.get("/AFRelationship") == "/EncryptedPayload")


def _carries(item: Object) -> bool:
    """A file specification with bytes, or such bytes. An empty list of attachments is common and harmless."""
    inside = item.get("/EF")
    listed = isinstance(inside, Dictionary) and any(key in inside for key in _PATHS)
    return listed or bool(item.get("/Type") == "/EmbeddedFile")


def _is_media(item: Object) -> bool:
    return spelled(item.get("/Subtype")) in _MEDIA or spelled(item.get("/S")) in _MEDIA_ACTIONS


Test = Callable[[Object], bool]
_KINDS: tuple[tuple[str, frozenset[bytes], Test], ...] = (
    (LOCKED, frozenset({b"/EncryptedPayload"}), _is_wrapper),
    ("JavaScript", frozenset({b"/JavaScript", b"/JS"}), _is_script),
    ("a program to start", frozenset({b"/Launch"}), _is_launch),
    ("a file embedded", frozenset({b"/EmbeddedFile", b"/EF"}), _carries),
    ("film or 3D", _MEDIA | _MEDIA_ACTIONS, _is_media),
)
"""In words, by which names an object is suspected of it, and the test that decides. The first is told."""
_OF_ITSELF = frozenset({b"/AA", b"/OpenAction"})


def _dictionaries(top: Object) -> Iterator[Object]:
    """`top` and what it holds directly. What it refers to has its own turn."""
    waiting = [top]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Stream):
            item = item.stream_dict
        if isinstance(item, Dictionary):
            yield item
            values = [value for _, value in item.items()]
        else:
            values = list(item.as_list()) if isinstance(item, Array) else []
        waiting += [
            value for value in values if isinstance(value, Dictionary | Array | Stream) and not value.is_indirect
        ]


def _chain(action: object) -> Iterator[Object]:
    """An action and those that follow it by `/Next`."""
    waiting: list[object] = [action]
    followed = 0
    while waiting and followed < _MOST_FOLLOWED:
        item, followed = waiting.pop(), followed + 1
        if isinstance(item, Array):
            waiting.extend(value for value in item.as_list()[:_MOST_FOLLOWED] if isinstance(value, Dictionary))
        elif isinstance(item, Dictionary):
            yield item
            waiting.append(item.get("/Next"))


def _by_itself(item: Object) -> Iterator[Object]:
    """The actions that this object starts without anybody's doing: at opening, at a page, at a field."""
    yield from _chain(item.get("/OpenAction"))
    more = item.get("/AA")
    if isinstance(more, Dictionary):
        for key, value in more.items():
            if key not in _BY_HAND:
                yield from _chain(value)


def _reaching(item: Object) -> str:
    """The kind of the first action that reaches out without anybody's doing; empty for none."""
    kinds = (spelled(step.get("/S")) for step in _by_itself(item))
    return next((kind.decode() for kind in kinds if kind in _REACHES_OUT), "")


def _form_script(form: object) -> bool:
    """A script in the template of an XFA form. Other parts of XFA may say `script` and mean a setting."""
    if isinstance(form, Array):
        parts = form.as_list()
        packets: list[object] = [
            packet for name, packet in zip(parts[::2], parts[1::2], strict=False) if spelled(name) == b"(template)"
        ]
    else:
        packets = [form]
    for packet in packets:
        if not isinstance(packet, Stream):
            continue
        text = packet.read_bytes()
        if text.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = text.decode("utf-16", "replace").encode()
        template = _TEMPLATE.search(text)
        if template is not None and _SCRIPT.search(template.group().partition(b"</template")[0]):
            return True
    return False


def _places(pdf: Pdf) -> Iterator[tuple[str, object]]:
    """Where actions usually hang, in words for the office, and the action or what holds it."""
    root = pdf.Root
    yield "/OpenAction of the catalog", root.get("/OpenAction")
    yield "/AA of the catalog", root.get("/AA")
    for number, page in enumerate(pdf.pages, start=1):
        if number > _MOST_PLACES:
            return
        yield f"/AA of page {number}", page.obj.get("/AA")
        notes = page.obj.get("/Annots")
        for note in notes.as_list()[:_MOST_PLACES] if isinstance(notes, Array) else []:
            if isinstance(note, Dictionary):
                kind = "a form field" if note.get("/Subtype") == "/Widget" else "an annotation"
                for key in ("/A", "/AA", "/FS"):
                    yield f"{kind} on page {number}", note.get(key)
                yield f"{kind} on page {number}", Array([note]) if not note.is_indirect else None
    names = root.get("/Names")
    if isinstance(names, Dictionary):
        yield "the document's scripts", names.get("/JavaScript")


def _where(pdf: Pdf, test: Test, item: Object | None) -> str:
    """The usual place that leads to `item`, or to one like it."""
    for place, action in _places(pdf):
        if isinstance(action, Dictionary):
            holders = [action, *(value for _, value in action.items())]
            if any(test(step) for holder in holders for step in _chain(holder)):
                return f"in {place}"
    if item is not None and item.get("/Type") == "/Annot":
        return "in an annotation"
    return "in the document's scripts" if test is _is_script else "in the document"


def active(pdf: Pdf) -> str:
    """What runs, starts or is carried, and where; empty if nothing does. `LOCKED`: a rights-managed file's cover.

    Raises what pikepdf raises for objects that cannot be read.
    """
    found: list[tuple[int, Object | None]] = []
    reaching = ""
    form = False
    for top in pdf.objects:
        if isinstance(top, Name):
            # A name in an object of its own, so that `/S 9 0 R` may hide what kind of action it is.
            found += [(rank, None) for rank, (_, names, _) in enumerate(_KINDS) if spelled(top) in names]
        if not isinstance(top, Dictionary | Array | Stream):
            continue
        text = (top.stream_dict if isinstance(top, Stream) else top).unparse(resolved=True)
        suspected = set(_SUSPECT.findall(text))
        if not suspected:
            continue
        tests = [(rank, test) for rank, (_, names, test) in enumerate(_KINDS) if names & suspected]
        for item in _dictionaries(top):
            found += [(rank, item) for rank, test in tests if test(item)]
            if suspected & _OF_ITSELF and not reaching:
                reaching = _reaching(item)
            form = form or (b"/XFA" in suspected and "/XFA" in item and _form_script(item.get("/XFA")))
    if found:
        rank, first = min(found, key=lambda one: one[0])
        words, _, test = _KINDS[rank]
        return LOCKED if words == LOCKED else f"{words} {_where(pdf, test, first)}"
    if form:
        return "JavaScript in the fillable form (XFA)"
    return f"{reaching} by itself when the file is opened" if reaching else ""

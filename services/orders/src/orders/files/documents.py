"""PDF files: read as a whole, searched for what acts by itself, and written anew from what was read.

With pypdf, because it shows every object, also those that no page draws, and because it is Python: over bytes that
somebody made up it can fail, but not write past the end of anything, as a renderer in C++ such as PDFium can.
What is kept is written from the objects that were looked at, so that no other reader finds more in the file than this
one did: no earlier revision, no object that nothing refers to, no bytes before or after.
"""

import io
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, NullObject, StreamObject

from orders.files.refusals import FileRefused

MAGIC = b"%PDF-"
MOST_OBJECTS = 100_000  #: Values that are looked at; a label has some hundreds.
END_WITHIN = 1024  #: Bytes at the end of the file in which ``%%EOF`` must stand, as readers expect it.

#: Entries that hold scripts, files or forms that are programs; ISO 32000-2 sections 7.11, 12.6 and 12.7.
_ACTIVE_ENTRIES = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/XFA", "/RichMediaContent"}
#: Kinds of actions, annotations and objects that start something, send something, or carry a file.
_ACTIVE_KINDS = {
    *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/RichMediaExecute"),
    *("/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D", "/EmbeddedFile"),
}
_KINDS = ("/S", "/Subtype", "/Type")
#: Entries about whoever made the file, and when.
_PRIVATE_ENTRIES = ("/Metadata", "/PieceInfo", "/LastModified")

_BROKEN = "The PDF is damaged or not complete: export it again and send that."
_ACTIVE = "The PDF holds a script, an action or another file: print it to a new PDF and send that."


def clean(content: bytes) -> bytes:
    """Give a PDF with nothing but its pages; raises `FileRefused`."""
    if b"%%EOF" not in content[-END_WITHIN:]:
        raise FileRefused(_BROKEN)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise FileRefused("The PDF is protected by a password: send it without.")
        if not reader.pages:
            raise FileRefused("The PDF has no pages: send one that has.")
        _look_at_everything(reader.trailer["/Root"])
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()
    except FileRefused:
        raise
    except Exception as failure:  # a parser fails in any way it likes over bytes that somebody made up
        raise FileRefused(_BROKEN) from failure


def _look_at_everything(root: Any) -> None:
    """Refuse what acts by itself anywhere below *root*, and take out what tells of a person."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [root]
    count = 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, IndirectObject):
            if (value.idnum, value.generation) in seen:
                continue
            seen.add((value.idnum, value.generation))
            value = value.get_object()
        count += 1
        if count > MOST_OBJECTS:
            raise FileRefused("The PDF is made of too many parts: print it to a new PDF and send that.")
        if isinstance(value, DictionaryObject):
            _look_at(value)
            waiting.extend(value.values())
        elif isinstance(value, ArrayObject):
            waiting.extend(value)


def _look_at(entries: DictionaryObject) -> None:
    """Look at one dictionary, or at that of a stream."""
    if _ACTIVE_ENTRIES & entries.keys():
        raise FileRefused(_ACTIVE)
    for name in _KINDS:
        kind = entries.get(name, NullObject()).get_object()
        if isinstance(kind, NameObject) and kind in _ACTIVE_KINDS:
            raise FileRefused(_ACTIVE)
    for name in _PRIVATE_ENTRIES:
        entries.pop(name, None)
    if isinstance(entries, StreamObject) and entries.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        entries._data = without_exif(entries._data)  # noqa: SLF001 - the bytes as they are in the file


def without_exif(jpeg: bytes) -> bytes:
    """Give a JPEG without EXIF, XMP, IPTC and comments, its picture as it was, bit by bit.

    In a PDF the page says which way up a picture is; its EXIF has no say.
    """
    if jpeg[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(jpeg):
        marker, length = jpeg[at : at + 2], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker[0] != 0xFF or length < 2:
            raise ValueError("no JPEG segment")
        if marker[1] == 0xDA:  # the picture begins
            return b"".join((*kept, jpeg[at:]))
        if marker[1] not in (0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE):
            kept.append(jpeg[at : at + 2 + length])
        at += 2 + length
    raise ValueError("a JPEG without a picture")

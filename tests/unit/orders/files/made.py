"""Pictures and PDF files as phones, scanners and attackers make them."""

import io
from typing import Any

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

CANARY = b"Canary"
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>Canary</creator></x:xmpmeta>"


def scene(width: int = 80, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Draw a picture whose top left quarter is red, on white."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill="red")
    return picture.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """Give EXIF with a maker and with the place where the photo was taken."""
    made = Image.Exif()
    made[ORIENTATION] = orientation
    made[MAKER] = CANARY.decode()
    made.get_ifd(GPS).update({1: "N", 2: (IFDRational(1), IFDRational(17), IFDRational(24)), 29: CANARY.decode()})
    return made


def encoded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    """Give *picture* as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def photo(kind: str = "JPEG", orientation: int = 1, **how: Any) -> bytes:
    """Give a photo as a phone makes it: with EXIF and the place, with XMP, and with a comment where there are some."""
    if kind == "JPEG":
        how = {"comment": CANARY, "quality": 95, **how}
    if kind != "PNG":
        how = {"xmp": XMP, **how}
    return encoded(scene(), kind, exif=exif(orientation), **how)


def opened(content: bytes) -> Image.Image:
    """Give the picture in a file."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def pages(**changes: Any) -> PdfWriter:
    """Begin a PDF of one page with a line of text on it; *changes* are further entries of its catalog."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 100)
    drawing = DecodedStreamObject()
    drawing.set_data(b"BT /F1 12 Tf 10 50 Td (Parcel 1 of 1) Tj ET")
    font = {"/Type": NameObject("/Font"), "/Subtype": NameObject("/Type1"), "/BaseFont": NameObject("/Helvetica")}
    fonts = DictionaryObject({NameObject("/F1"): dictionary(**font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(drawing)
    for name, value in changes.items():
        writer.root_object[NameObject(f"/{name}")] = value
    return writer


def dictionary(**entries: Any) -> DictionaryObject:
    """Give a PDF dictionary; names of entries with or without their slash, texts as strings."""
    return DictionaryObject(
        {
            NameObject("/" + name.removeprefix("/")): TextStringObject(value) if type(value) is str else value
            for name, value in entries.items()
        }
    )


def action(kind: str, **entries: Any) -> DictionaryObject:
    """Give an action of *kind*."""
    return dictionary(S=NameObject(f"/{kind}"), **entries)


def annotated(annotation: DictionaryObject) -> PdfWriter:
    """Begin a PDF whose page has an annotation."""
    writer = pages()
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    return writer


def written(writer: PdfWriter) -> bytes:
    """Give a PDF as a file."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def label() -> bytes:
    """Give a PDF as a label printer's program makes it, with an author."""
    writer = pages()
    writer.add_metadata({"/Author": CANARY.decode(), "/Title": "Label"})
    writer.xmp_metadata = XMP
    return written(writer)

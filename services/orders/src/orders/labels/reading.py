"""Reads a label's file: the symbols that are really in it, and a PDF's text (R4). Heavy, but without I/O.

It takes up to a few seconds of a core for a PDF: call it off the event loop. PDFium is not safe in threads, so that
one file at a time is read.
"""

import io
import threading
import warnings
from collections.abc import Iterator

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from orders.labels.label import Code

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000  #: Of one picture or of one page as it is drawn: A4 at 600 dots per inch has 35 million.
MOST_PAGES = 5
MOST_TEXT = 20_000  #: Characters of a PDF.
PICTURES = ("PNG", "JPEG", "WEBP")

#: A page is drawn at these resolutions, in dots per inch: small symbols need the second one.
RESOLUTIONS = (150, 300)
#: A picture is looked at in these sizes too, by its longer side in pixels, where it is larger or far smaller.
SHORTER_SIDES = (2000, 1000)
ENLARGED_BELOW = 800
POINTS_PER_INCH = 72

_pdfium = threading.Lock()


class UnreadableFile(Exception):
    """Why a label's file cannot be read: a sentence for the seller."""


def read_codes(file: bytes) -> tuple[Code, ...]:
    """Give every symbol in a PNG, JPEG, WebP or PDF, of all its pages; raises `UnreadableFile`."""
    found: dict[Code, None] = {}  # in the order they are found, once each
    for picture in _pictures(file):
        for symbol in zxingcpp.read_barcodes(picture):
            if symbol.valid:
                found[Code(symbol.format.name, symbol.text)] = None
    return tuple(found)


def read_text(file: bytes) -> str:
    """Give a PDF's text, a page after another; of a picture, nothing. Raises `UnreadableFile`."""
    if not _is_pdf(file):
        _picture(file)
        return ""
    with _pdfium:
        pages = []
        document = _open(file)
        try:
            for page in document:
                text = page.get_textpage()
                pages.append(text.get_text_range())
                text.close()
                page.close()
        except pypdfium2.PdfiumError as error:
            raise UnreadableFile("This PDF is damaged: export the label again.") from error
        finally:
            document.close()
    return "\n".join(pages).replace("\r\n", "\n")[:MOST_TEXT]


def _is_pdf(file: bytes) -> bool:
    if len(file) > MOST_BYTES:
        raise UnreadableFile(f"The file is too large: a label has at most {MOST_BYTES // 1024 // 1024} MB.")
    return b"%PDF-" in file[:1024]


def _pictures(file: bytes) -> Iterator[Image.Image]:
    if not _is_pdf(file):
        yield from _sizes(_picture(file))
        return
    with _pdfium:
        document = _open(file)
        try:
            for page in document:
                width, height = page.get_size()
                for resolution in RESOLUTIONS:
                    scale = resolution / POINTS_PER_INCH
                    if width * height * scale * scale > MOST_PIXELS:
                        raise UnreadableFile("A page of this PDF is too large: export the label at its real size.")
                    bitmap = page.render(scale=scale, grayscale=True)
                    yield bitmap.to_pil().copy()
                    bitmap.close()
                page.close()
        except pypdfium2.PdfiumError as error:
            raise UnreadableFile("This PDF is damaged: export the label again.") from error
        finally:
            document.close()


def _open(file: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile("This PDF is damaged or has a password: export the label again without one.") from error
    if len(document) > MOST_PAGES:
        document.close()
        raise UnreadableFile(f"This PDF has too many pages: upload the label alone, at most {MOST_PAGES} pages.")
    return document


def _picture(file: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            picture = Image.open(io.BytesIO(file), formats=PICTURES)
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadableFile(f"The picture is too large: at most {MOST_PIXELS // 1_000_000} million pixels.")
            picture.load()
    except UnidentifiedImageError as error:
        raise UnreadableFile("This is no label that can be read: upload a PNG, JPEG, WebP or PDF.") from error
    except Image.DecompressionBombError as error:
        raise UnreadableFile(f"The picture is too large: at most {MOST_PIXELS // 1_000_000} million pixels.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("This picture is damaged: export the label again.") from error
    return _on_white(ImageOps.exif_transpose(picture))


def _on_white(picture: Image.Image) -> Image.Image:
    """Give it in grey; what is transparent is the paper's white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return picture.convert("L")


def _sizes(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    longer = max(picture.size)
    for side in SHORTER_SIDES:
        if longer > side * 1.5:
            yield picture.resize(_scaled(picture, side / longer), Image.Resampling.LANCZOS)
    if longer < ENLARGED_BELOW:
        yield picture.resize(_scaled(picture, 3), Image.Resampling.NEAREST)


def _scaled(picture: Image.Image, factor: float) -> tuple[int, int]:
    return max(1, round(picture.width * factor)), max(1, round(picture.height * factor))

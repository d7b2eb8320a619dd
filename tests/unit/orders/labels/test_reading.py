"""Symbols are really decoded from a label's file (R4)."""

import io
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress

import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orders.labels import reading
from orders.labels.label import Code
from orders.labels.reading import UnreadableFile, read_codes, read_text

LINK = "https://cupco.example/sale"
A4 = (1240, 1754)  #: In pixels, at 150 dots per inch.


def qr(text: str = LINK, scale: int = 6, *, micro: bool = False) -> Image.Image:
    file = io.BytesIO()
    segno.make(text, micro=micro).save(file, kind="png", scale=scale, border=4)
    return Image.open(file).convert("L")


def bar_code(text: str, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.Code128) -> Image.Image:
    return Image.fromarray(zxingcpp.create_barcode(text, kind).to_image(scale=3)).convert("L")


def page(*pictures: Image.Image) -> Image.Image:
    paper, top = Image.new("L", A4, 255), 100
    for picture in pictures:
        paper.paste(picture, (100, top))
        top += picture.height + 150
    return paper


def file_of(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def pdf(pages: Sequence[Image.Image]) -> bytes:
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_r4_a_qr_code_in_a_picture_is_found(kind: str) -> None:
    assert read_codes(file_of(page(qr()), kind)) == (Code("QRCode", LINK),)


def test_r4_a_qr_code_on_any_page_of_a_pdf_is_found() -> None:
    blank = page()

    assert read_codes(pdf([blank, blank, page(qr())])) == (Code("QRCode", LINK),)


def test_r4_every_symbol_of_a_file_is_found() -> None:
    found = read_codes(pdf([page(qr(), qr("12345", micro=True)), page(bar_code("JD0146000026472819"))]))

    assert {code.payload for code in found} == {LINK, "12345", "JD0146000026472819"}
    assert {code.kind for code in found} >= {"QRCode", "MicroQRCode"}


@pytest.mark.parametrize("angle", [90, 180, 270, 8])
def test_r4_a_qr_code_that_is_turned_is_found(angle: int) -> None:
    turned = qr().rotate(angle, expand=True, fillcolor=255)

    assert read_codes(file_of(page(turned), "PNG")) == (Code("QRCode", LINK),)


def test_r4_a_small_inverted_and_a_transparent_qr_code_are_found() -> None:
    inverted = qr().point(lambda value: 255 - value)
    transparent = Image.new("RGBA", inverted.size, (0, 0, 0, 0))
    transparent.paste((0, 0, 0, 255), mask=inverted)

    assert read_codes(file_of(qr(scale=2), "PNG")) == (Code("QRCode", LINK),)
    assert read_codes(file_of(inverted, "PNG")) == (Code("QRCode", LINK),)
    assert read_codes(file_of(transparent, "PNG")) == (Code("QRCode", LINK),)


def test_a_label_without_a_symbol_has_none() -> None:
    assert read_codes(file_of(page(), "PNG")) == ()
    assert read_codes(pdf([page()])) == ()


def written_pdf(text: str) -> bytes:
    """A page with *text* on it, written by hand: Pillow makes pages of pictures only."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(file)
    file += b"xref\n0 7\n0000000000 65535 f \n" + table
    return file + b"trailer << /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def test_the_text_of_a_pdf_is_read() -> None:
    assert read_text(written_pdf("order again at cupco.com")).strip() == "order again at cupco.com"


def test_a_picture_has_no_text() -> None:
    assert read_text(file_of(page(), "PNG")) == ""


def test_more_pages_than_a_label_has_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="at most 5 pages"):
        read_codes(pdf([Image.new("L", (50, 50), 255)] * 6))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as that."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(8000, 6000), (12_000, 10_000), (60_000, 60_000)])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_does(width: int, height: int) -> None:
    with pytest.raises(UnreadableFile, match="too large"):
        read_codes(bomb(width, height))


def test_a_page_that_would_fill_the_memory_is_refused_before_it_does() -> None:
    huge = pypdfium2.PdfDocument.new()
    huge.new_page(14_000, 14_000).close()
    file = io.BytesIO()
    huge.save(file)
    huge.close()

    with pytest.raises(UnreadableFile, match="too large"):
        read_codes(file.getvalue())


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100)

    with pytest.raises(UnreadableFile, match="too large"):
        read_codes(file_of(page(), "PNG"))


@pytest.mark.parametrize("read", [read_codes, read_text])
@pytest.mark.parametrize(
    "file", [b"", b"hello", b"%PDF-1.7 nothing", b"GIF89a", file_of(page(), "PNG")[:200], file_of(page(), "JPEG")[:400]]
)
def test_what_cannot_be_read_is_refused_with_a_sentence(read: object, file: bytes) -> None:
    assert callable(read)
    with pytest.raises(UnreadableFile, match=r"\.$"):
        read(file)


@given(
    st.sampled_from([b"", b"%PDF-1.4\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF....WEBP"]),
    st.binary(max_size=300),
)
def test_any_bytes_are_read_or_refused(head: bytes, rest: bytes) -> None:
    for read in (read_codes, read_text):
        with suppress(UnreadableFile):
            read(head + rest)

"""A PDF is kept as its pages: nothing in it acts, and nothing in it tells who made it."""

import io
import itertools

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from orders.files.cleaning import clean
from orders.files.documents import without_exif
from orders.files.refusals import FileRefused
from unit.orders.files.made import (
    CANARY,
    action,
    annotated,
    dictionary,
    label,
    opened,
    pages,
    photo,
    scene,
    written,
)

ACTIVE = "The PDF holds a script, an action or another file: print it to a new PDF and send that."
DAMAGED = "The PDF is damaged or not complete: export it again and send that."


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        clean(content)
    return str(refused.value)


def everything_in(content: bytes) -> bytes:
    """Give a PDF as it is, and all its streams unpacked."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    for one in writer._objects:
        if isinstance(one, StreamObject):
            content += one.get_data()
    return content


def test_a_label_is_kept_with_its_text_and_without_its_author() -> None:
    sent = label()
    assert CANARY in sent

    content_type, kept = clean(sent)

    read = PdfReader(io.BytesIO(kept))
    assert content_type == "application/pdf"
    assert [page.extract_text() for page in read.pages] == ["Parcel 1 of 1"]
    assert read.pages[0].mediabox == PdfReader(io.BytesIO(sent)).pages[0].mediabox
    assert CANARY not in everything_in(kept)


def test_the_same_label_gives_the_same_bytes() -> None:
    assert clean(label()) == clean(label())


JAVASCRIPT = action("JavaScript", JS="app.alert(1)")
LAUNCH = action("Launch", F=dictionary(F="calc.exe"))


@pytest.mark.parametrize(
    "writer",
    [
        pytest.param(pages(OpenAction=JAVASCRIPT), id="a script when it is opened"),
        pytest.param(pages(OpenAction=LAUNCH), id="a program when it is opened"),
        pytest.param(pages(AA=dictionary(WC=JAVASCRIPT)), id="a script when it is closed"),
        pytest.param(
            pages(OpenAction=dictionary(S=NameObject("/GoTo"), Next=ArrayObject([LAUNCH]))), id="a program after a step"
        ),
        pytest.param(annotated(dictionary(Subtype=NameObject("/Link"), A=LAUNCH)), id="a program behind a link"),
        pytest.param(annotated(dictionary(Subtype=NameObject("/Link"), A=JAVASCRIPT)), id="a script behind a link"),
        pytest.param(annotated(dictionary(Subtype=NameObject("/Widget"), AA=dictionary(K=JAVASCRIPT))), id="a form"),
        pytest.param(annotated(dictionary(Subtype=NameObject("/FileAttachment"))), id="a file pinned to a page"),
        pytest.param(annotated(dictionary(Subtype=NameObject("/RichMedia"))), id="a film"),
        pytest.param(annotated(dictionary(A=action("GoToR", F="//host/share"))), id="a link to another machine's file"),
        pytest.param(annotated(dictionary(A=action("SubmitForm", F="http://host"))), id="a form that is sent"),
        pytest.param(pages(AcroForm=dictionary(XFA=ArrayObject())), id="a form that is a program"),
        pytest.param(pages(Names=dictionary(JavaScript=dictionary(Names=ArrayObject()))), id="scripts by name"),
        pytest.param(pages(AF=ArrayObject()), id="associated files"),
    ],
)
def test_a_pdf_that_acts_by_itself_is_refused(writer: PdfWriter) -> None:
    assert refusal(written(writer)) == ACTIVE


def test_a_pdf_with_a_file_in_it_is_refused() -> None:
    writer = pages()
    writer.add_attachment("invoice.exe", b"MZ")

    assert refusal(written(writer)) == ACTIVE


def test_a_name_that_is_written_in_another_way_is_the_same_name() -> None:
    content = written(pages(OpenAction=LAUNCH)).replace(b"/Launch", b"/L#61unch")
    assert b"/L#61unch" in content

    assert refusal(content) == ACTIVE


def test_an_action_s_kind_that_stands_elsewhere_is_found() -> None:
    writer = pages()
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): writer._add_object(NameObject("/Launch"))}
    )

    assert refusal(written(writer)) == ACTIVE


def test_a_link_within_the_pages_is_no_danger() -> None:
    writer = pages()
    goto = action("GoTo", D=ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")]))
    writer.root_object[NameObject("/OpenAction")] = goto

    assert clean(written(writer))[0] == "application/pdf"


def test_an_object_that_no_page_needs_is_not_kept() -> None:
    writer = pages()
    writer._add_object(action("JavaScript", JS="Canary"))
    sent = written(writer)
    assert CANARY in sent

    assert CANARY not in everything_in(clean(sent)[1])


def test_an_earlier_revision_is_not_kept() -> None:
    first = pages()
    first.root_object[NameObject("/Note")] = first._add_object(TextStringObject("Canary"))
    later = PdfWriter(io.BytesIO(written(first)), incremental=True)
    later.root_object[NameObject("/Note")] = TextStringObject("harmless")
    sent = written(later)
    assert CANARY in sent

    kept = everything_in(clean(sent)[1])

    assert CANARY not in kept
    assert b"harmless" in kept


@pytest.mark.parametrize("tail", [b"\nPK\x03\x04 Canary PK\x05\x06", b"\n<script>Canary</script>\n", b"\n" + CANARY])
def test_what_follows_a_pdf_is_not_kept(tail: bytes) -> None:
    assert CANARY not in clean(label() + tail)[1]


@pytest.mark.parametrize("head", [b"\n", b"<script>Canary</script>", b"GIF89a"])
def test_a_pdf_that_begins_as_something_else_is_refused(head: bytes) -> None:
    assert "none that is taken here" in refusal(head + label())


def test_a_comment_in_a_pdf_is_not_kept() -> None:
    sent = label().replace(b"startxref", b"% <script>Canary</script>\nstartxref")

    assert CANARY not in clean(sent)[1]


def test_a_photo_on_a_page_is_kept_without_its_exif_and_bit_by_bit_the_same() -> None:
    writer, jpeg = pages(), photo(orientation=6)
    image = DecodedStreamObject()
    image.set_data(jpeg)
    for name, value in {
        "/Subtype": NameObject("/Image"),
        "/Width": NumberObject(80),
        "/Height": NumberObject(40),
        "/Filter": NameObject("/DCTDecode"),
    }.items():
        image[NameObject(name)] = value
    resources = writer.pages[0]["/Resources"]
    assert isinstance(resources, DictionaryObject)
    resources[NameObject("/XObject")] = DictionaryObject({NameObject("/Im1"): writer._add_object(image)})
    sent = written(writer)
    assert CANARY in sent

    kept = clean(sent)[1]

    assert CANARY not in everything_in(kept)
    objects = PdfReader(io.BytesIO(kept)).pages[0]["/Resources"]["/XObject"]  # type: ignore[index]
    assert opened(objects["/Im1"].get_data()).tobytes() == opened(jpeg).tobytes()


def test_what_is_taken_out_of_a_jpeg_is_all_but_its_picture() -> None:
    bare = without_exif(photo())

    assert CANARY not in bare
    assert opened(bare).tobytes() == opened(photo()).tobytes()
    assert opened(bare).size == scene().size


@pytest.mark.parametrize("length", [0, 2, 4, 20, 100])
def test_a_jpeg_that_breaks_off_before_its_picture_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        without_exif(photo()[:length])


# --- what is no PDF -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_pdf_is_refused(part: float) -> None:
    whole = label()

    assert refusal(whole[: int(len(whole) * part)]) == DAMAGED


def test_a_pdf_that_does_not_end_where_its_file_does_is_refused() -> None:
    assert refusal(label() + bytes(2000)) == DAMAGED


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + bytes(2000) + b"startxref\n0\n%%EOF"])
def test_a_head_and_a_tail_make_no_pdf(content: bytes) -> None:
    assert refusal(content) == DAMAGED


def test_a_pdf_without_pages_is_refused() -> None:
    assert refusal(written(PdfWriter())) == "The PDF has no pages: send one that has."


def test_a_protected_pdf_is_refused() -> None:
    writer = pages()
    writer.encrypt("secret", algorithm="AES-256")

    assert refusal(written(writer)) == "The PDF is protected by a password: send it without."


def test_a_pdf_whose_parts_hold_one_another_is_looked_at_to_its_end() -> None:
    writer = pages()
    one, other = DictionaryObject(), DictionaryObject()
    one[NameObject("/Other")] = writer._add_object(other)
    other[NameObject("/Other")] = writer._add_object(one)
    writer.root_object[NameObject("/Circle")] = one

    assert clean(written(writer))[0] == "application/pdf"


def test_a_pdf_of_more_parts_than_a_label_can_need_is_refused() -> None:
    many = ArrayObject(itertools.repeat(NumberObject(1), 60_000))

    assert "too many parts" in refusal(written(pages(A=many, B=ArrayObject(many))))


def test_a_pdf_that_is_nested_without_end_is_refused() -> None:
    deep = b"[" * 50_000 + b"]" * 50_000
    content = written(pages(Deep=TextStringObject("here"))).replace(b"(here)", deep)

    assert refusal(content) == DAMAGED

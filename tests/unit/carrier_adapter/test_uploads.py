"""What a multipart upload holds: each file is a push of its own, and what is no upload is one push as it came."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.uploads import MOST_FILES, files_of

Headers = list[tuple[bytes, bytes]]
Part = tuple[str, tuple[str | None, bytes, str]]


def upload(*files: bytes) -> tuple[Headers, bytes]:
    """Give an upload as a client of good standing writes it."""
    return form(*[("file", (f"{number}.edi", content, "text/plain")) for number, content in enumerate(files)])


def form(*parts: Part) -> tuple[Headers, bytes]:
    request = httpx.Request("POST", "http://waybill/", files=list(parts))
    return [(b"content-type", request.headers["content-type"].encode())], request.read()


def by_hand(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"multipart/form-data") -> tuple[Headers, bytes]:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    return [(b"content-type", kind + b"; boundary=" + boundary)], body


A_FILE = b'Content-Disposition: form-data; name="file"; filename="a.edi"\r\n\r\nISA*00'


@given(files=st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_the_files_of_an_upload_come_out_as_they_went_in(files: list[bytes]) -> None:
    assert files_of(*upload(*files)) == files


def test_a_field_beside_the_file_is_no_push() -> None:
    headers, body = form(("sender", (None, b"ACME", "text/plain")), ("file", ("a.csv", b"a,b\n", "text/csv")))

    assert files_of(headers, body) == [b"a,b\n"]


@pytest.mark.parametrize(
    "disposition",
    [
        b"Content-Disposition: form-data; name=file; filename=a.edi",
        b'content-disposition: form-data; name="file"; filename="a.edi"',
        b"CONTENT-DISPOSITION: form-data; name=file; Filename=a.edi",
        b"Content-Disposition: form-data; name=file; filename*=UTF-8''%C3%A9.edi",
        b'Content-Disposition: attachment; filename="C:\\out\\a.edi"\r\nContent-Type: application/edi-x12',
    ],
)
def test_a_part_is_a_file_if_it_has_the_name_of_one(disposition: bytes) -> None:
    """RFC 7578, 4.2; a name that is not ASCII comes as ``filename*`` from senders that follow RFC 2231."""
    assert files_of(*by_hand(disposition + b"\r\n\r\nISA*00")) == [b"ISA*00"]


def test_a_boundary_may_be_in_quotes() -> None:
    _, body = by_hand(A_FILE, boundary=b"a:b")

    assert files_of([(b"content-type", b'multipart/form-data; boundary="a:b"')], body) == [b"ISA*00"]


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain; boundary=b", b"multipart/mixed; boundary=b", b""])
def test_a_push_that_is_no_upload_is_one_push(kind: bytes) -> None:
    _, body = by_hand(A_FILE)

    assert files_of([(b"content-type", kind)], body) == [body]
    assert files_of([], body) == [body]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([(b"content-type", b"multipart/form-data")], b"no boundary"),
        ([(b"content-type", b"multipart/form-data; boundary=" + b"b" * 71)], b"--" + b"b" * 71 + b"--"),
        ([(b"content-type", b"multipart/form-data; boundary=b")] * 2, by_hand(A_FILE)[1]),
        ([(b"content-type", b"multipart/form-data; boundary=b")], b""),
        ([(b"content-type", b"multipart/form-data; boundary=b")], b'{"tracking_id": "NV1"}'),
        ([(b"content-type", b"multipart/form-data; boundary=c")], by_hand(A_FILE)[1]),
        ([(b"content-type", b"multipart/form-data; boundary=b")], by_hand(A_FILE)[1][:-6]),
        ([(b"content-type", b"multipart/form-data; boundary=b")], by_hand(A_FILE, A_FILE)[1][:-20]),
        by_hand(b"Content-Disposition: form-data; name=field\r\n\r\nno file"),
        by_hand(b"no header at all"),
        by_hand(*[A_FILE] * (MOST_FILES + 1)),
    ],
    ids=[
        *("no boundary", "a boundary too long", "two content types", "nothing", "JSON", "another boundary"),
        *("cut off", "cut off in its second file", "no file", "no header", "too many files"),
    ],
)
def test_an_upload_that_cannot_be_read_is_kept_as_it_came(headers: Headers, body: bytes) -> None:
    assert files_of(headers, body) == [body]


@given(
    content_type=st.binary(max_size=80) | st.just(b"multipart/form-data; boundary=b"),
    body=st.binary(max_size=200)
    | st.lists(
        st.sampled_from([b"--b", b"--b--", b"--", b"\r\n", b"\n", b":", b"\x00", b"\xff", A_FILE, b"Content-Type: "]),
        max_size=15,
    ).map(b"".join),
)
def test_no_upload_makes_it_raise(content_type: bytes, body: bytes) -> None:
    assert files_of([(b"content-type", content_type)], body)

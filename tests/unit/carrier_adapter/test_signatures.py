"""How signatures are written, down to the letter; and what others computed. Names begin with the case's id."""

import base64
import hashlib
import hmac

import pytest

from carrier_adapter.signatures import check

NOW = 1_772_400_000.0
KEY = b"a key of thirty-two bytes, or so"
BODY = b'{"tracking_id":"NV1"}'
DIGEST = hmac.new(KEY, BODY, hashlib.sha256)
HEADERS = {
    "ninjavan": b"x-ninjavan-hmac-sha256",
    "easypost": b"x-hmac-signature",
    "hmac-sha256": b"x-signature-sha256",
    "bearer": b"authorization",
}

Headers = list[tuple[bytes, bytes]]


def standard(body: bytes, *, message: bytes = b"msg_1", at: bytes = b"1772400000", before: bytes = b"") -> Headers:
    digest = hmac.new(KEY, message + b"." + at + b"." + body, hashlib.sha256).digest()
    return [
        (b"webhook-id", message),
        (b"webhook-timestamp", at),
        (b"webhook-signature", before + b"v1," + base64.b64encode(digest)),
    ]


def is_genuine(scheme: str, headers: Headers, body: bytes = BODY) -> bool:
    key = b"whsec_" + base64.b64encode(KEY) if scheme == "standard-webhooks" else KEY
    return check(scheme, headers, body, [key], NOW) is None


# What others computed.


RFC_4231_CASE_2 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_ninjavans_signature_is_the_base64_of_the_rfcs_digest() -> None:
    value = base64.b64encode(bytes.fromhex(RFC_4231_CASE_2))

    assert (
        check("ninjavan", [(b"x-ninjavan-hmac-sha256", value)], b"what do ya want for nothing?", [b"Jefe"], NOW) is None
    )


def test_the_plain_header_is_the_hex_of_the_rfcs_digest() -> None:
    headers = [(b"x-signature-sha256", RFC_4231_CASE_2.encode())]

    assert check("hmac-sha256", headers, b"what do ya want for nothing?", [b"Jefe"], NOW) is None


def test_easyposts_own_example_verifies_with_its_secret_normalised() -> None:
    """From the tests of EasyPost's client libraries: the secret has an accent, to be taken apart before use."""
    body = (
        b'{"result":{"id":"batch_123...","object":"Batch","mode":"test","state":"created","num_shipments":0,'
        b'"reference":null,"created_at":"2022-07-26T17:22:32Z","updated_at":"2022-07-26T17:22:32Z",'
        b'"scan_form":null,"shipments":[],"status":{"created":0,"queued_for_purchase":0,"creation_failed":0,'
        b'"postage_purchased":0,"postage_purchase_failed":0},"pickup":null,"label_url":null},'
        b'"description":"batch.created","mode":"test","previous_attributes":null,"completed_urls":null,'
        b'"user_id":"user_123...","status":"pending","object":"Event","id":"evt_123..."}'
    )
    digest = b"e93977c8ccb20363d51a62b3fe1fc402b7829be1152da9e88cf9e8d07115a46b"
    headers = [(b"x-hmac-signature", b"hmac-sha256-hex=" + digest)]

    assert check("easypost", headers, body, ["s\N{LATIN SMALL LETTER E WITH ACUTE}cret".encode()], NOW) is None
    assert check("easypost", headers, body, [b"secret"], NOW) is not None


def test_the_published_example_of_standard_webhooks_verifies_in_its_minute() -> None:
    headers = [
        (b"webhook-id", b"msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (b"webhook-timestamp", b"1614265330"),
        (b"webhook-signature", b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]
    keys = [b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]

    assert check("standard-webhooks", headers, b'{"test": 2432232314}', keys, 1_614_265_330) is None
    assert check("standard-webhooks", headers, b'{"test": 2432232314}', keys, NOW) is not None


# How signatures are written.


@pytest.mark.parametrize(("scheme", "before"), [("easypost", b"hmac-sha256-hex="), ("hmac-sha256", b"")])
def test_a7_hex_may_be_in_capitals(scheme: str, before: bytes) -> None:
    for digits in (DIGEST.hexdigest(), DIGEST.hexdigest().upper()):
        assert is_genuine(scheme, [(HEADERS[scheme], before + digits.encode())])


def test_a7_base64_is_another_in_capitals() -> None:
    encoded = base64.b64encode(DIGEST.digest())

    assert is_genuine("ninjavan", [(HEADERS["ninjavan"], encoded)])
    assert not is_genuine("ninjavan", [(HEADERS["ninjavan"], encoded.upper())])


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("ninjavan", b"no base64!"),
        ("ninjavan", b"AAA"),
        ("ninjavan", DIGEST.hexdigest().encode()),
        ("ninjavan", base64.b64encode(DIGEST.digest()) + b"\n"),
        ("ninjavan", b"\xff\xfe"),
        ("easypost", DIGEST.hexdigest().encode()),
        ("easypost", b"hmac-sha256-hex=abc"),
        ("easypost", b"hmac-sha256-hex=" + b"0" * 63 + b"g"),
        ("easypost", b"hmac-sha1-hex=" + DIGEST.hexdigest().encode()),
        ("hmac-sha256", DIGEST.hexdigest().encode()[:-1]),
        ("hmac-sha256", DIGEST.hexdigest().encode() + b" "),
        ("bearer", KEY),
        ("bearer", b"Bearer"),
        ("bearer", b"Bearer " + KEY[:-1]),
        ("bearer", b"Bearer " + KEY + b" "),
        ("bearer", b"Basic " + KEY),
    ],
)
def test_a6_a_malformed_value_is_no_signature(scheme: str, value: bytes) -> None:
    assert not is_genuine(scheme, [(HEADERS[scheme], value)])


# Standard Webhooks has more to get wrong.


def with_signature(value: bytes) -> Headers:
    return [*standard(BODY)[:2], (b"webhook-signature", value)]


@pytest.mark.parametrize("value", [b"v1", b"v1,", b"v1,a,b", b"v1,no base64", b",", b" ", b"v2,AAAA", b"v1;AAAA"])
def test_a3_a4_a6_a_signature_without_its_form_is_none(value: bytes) -> None:
    assert not is_genuine("standard-webhooks", with_signature(value))


def test_the_right_digest_under_another_version_is_no_signature() -> None:
    value = standard(BODY)[2][1].replace(b"v1,", b"v1a,")

    assert not is_genuine("standard-webhooks", with_signature(value))


def test_a5_one_signature_of_several_is_enough_however_they_are_spaced() -> None:
    headers = standard(BODY, before=b"v1,AAAA  v1a,BBBB   ")

    assert is_genuine("standard-webhooks", headers)


def test_a11_eight_signatures_are_looked_at_and_nine_are_none() -> None:
    assert is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 7))
    assert not is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 8))
    assert not is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 10_000))


@pytest.mark.parametrize("message", [b"", b"msg.1", b"x" * 10_240, b"msg\r\n1", b"msg 1", "msg_é".encode(), b"\xff"])
def test_a17_an_id_is_a_short_word(message: bytes) -> None:
    assert not is_genuine("standard-webhooks", standard(BODY, message=message))


def test_a16_what_was_signed_as_part_of_the_body_cannot_be_moved_into_the_id() -> None:
    """``a.1772400000.`` + body would be the same bytes to sign, were an id allowed a full stop."""
    headers = standard(b"1772400000." + BODY, message=b"a")
    moved = [(b"webhook-id", b"a.1772400000"), *headers[1:]]

    assert not is_genuine("standard-webhooks", moved)


@pytest.mark.parametrize("changed", [(b"webhook-id", b"msg_2"), (b"webhook-timestamp", b"1772400001")])
def test_id_and_time_are_signed_with_the_body(changed: tuple[bytes, bytes]) -> None:
    headers = [header for header in standard(BODY) if header[0] != changed[0]]

    assert not is_genuine("standard-webhooks", [*headers, changed])

"""A push is genuine, or it is not: whatever the headers hold, nothing raises, and nothing else verifies."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.signatures import SCHEMES, verify

NOW = 1_772_400_000.0
KEY = b"a key of thirty-two bytes, or so"
OLD_KEY = b"the key that it took the place of"
OTHER_KEY = b"a key of quite another carrier .."
BODY = b'{"tracking_id":"NV1"}'
NAMES = {
    "ninjavan": (b"x-ninjavan-hmac-sha256",),
    "easypost": (b"x-hmac-signature",),
    "standard-webhooks": (b"webhook-id", b"webhook-timestamp", b"webhook-signature"),
    "hmac-sha256": (b"x-signature-sha256",),
    "bearer": (b"authorization",),
}

Headers = list[tuple[bytes, bytes]]


def standard_key(key: bytes) -> bytes:
    return b"whsec_" + base64.b64encode(key)


def key_for(scheme: str, key: bytes = KEY) -> bytes:
    return standard_key(key) if scheme == "standard-webhooks" else key


def standard(
    body: bytes, key: bytes = KEY, *, message: bytes = b"msg_1", at: bytes = b"1772400000", before: bytes = b""
) -> Headers:
    digest = hmac.new(key, message + b"." + at + b"." + body, hashlib.sha256).digest()
    return [
        (b"webhook-id", message),
        (b"webhook-timestamp", at),
        (b"webhook-signature", before + b"v1," + base64.b64encode(digest)),
    ]


def signed(scheme: str, body: bytes, key: bytes = KEY) -> Headers:
    digest = hmac.new(key, body, hashlib.sha256)
    match scheme:
        case "ninjavan":
            return [(b"x-ninjavan-hmac-sha256", base64.b64encode(digest.digest()))]
        case "easypost":
            return [(b"x-hmac-signature", b"hmac-sha256-hex=" + digest.hexdigest().encode())]
        case "hmac-sha256":
            return [(b"x-signature-sha256", digest.hexdigest().encode())]
        case "bearer":
            return [(b"authorization", b"Bearer " + key)]
        case _:
            return standard(body, key)


def is_genuine(scheme: str, headers: Headers, body: bytes = BODY, keys: tuple[bytes, ...] = (KEY,)) -> bool:
    return verify(scheme, headers, body, [key_for(scheme, key) for key in keys], NOW)


every_scheme = pytest.mark.parametrize("scheme", sorted(SCHEMES))
every_signature = pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"bearer"}))


def test_every_scheme_is_tried_here() -> None:
    assert set(NAMES) == set(SCHEMES)


# What others computed.


RFC_4231_CASE_2 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_ninjavans_signature_is_the_base64_of_the_rfcs_digest() -> None:
    value = base64.b64encode(bytes.fromhex(RFC_4231_CASE_2))

    assert verify("ninjavan", [(b"x-ninjavan-hmac-sha256", value)], b"what do ya want for nothing?", [b"Jefe"], NOW)


def test_the_plain_header_is_the_hex_of_the_rfcs_digest() -> None:
    headers = [(b"x-signature-sha256", RFC_4231_CASE_2.encode())]

    assert verify("hmac-sha256", headers, b"what do ya want for nothing?", [b"Jefe"], NOW)


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

    assert verify("easypost", headers, body, ["s\N{LATIN SMALL LETTER E WITH ACUTE}cret".encode()], NOW)
    assert not verify("easypost", headers, body, [b"secret"], NOW)


def test_the_published_example_of_standard_webhooks_verifies_in_its_minute() -> None:
    headers = [
        (b"webhook-id", b"msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (b"webhook-timestamp", b"1614265330"),
        (b"webhook-signature", b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]
    keys = [b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]

    assert verify("standard-webhooks", headers, b'{"test": 2432232314}', keys, 1_614_265_330)
    assert not verify("standard-webhooks", headers, b'{"test": 2432232314}', keys, NOW)


# What every scheme does.


@every_scheme
def test_what_the_holder_of_the_key_sends_is_genuine(scheme: str) -> None:
    assert is_genuine(scheme, signed(scheme, BODY))


@every_scheme
def test_no_header_is_no_signature(scheme: str) -> None:
    assert not is_genuine(scheme, [])


@every_scheme
def test_an_empty_header_is_no_signature(scheme: str) -> None:
    assert not is_genuine(scheme, [(name, b"") for name in NAMES[scheme]])


@every_scheme
def test_another_carriers_key_is_no_key_of_ours(scheme: str) -> None:
    assert not is_genuine(scheme, signed(scheme, BODY, OTHER_KEY))


@every_scheme
def test_while_keys_are_exchanged_either_will_do(scheme: str) -> None:
    assert is_genuine(scheme, signed(scheme, BODY, OLD_KEY), keys=(KEY, OLD_KEY))
    assert is_genuine(scheme, signed(scheme, BODY, KEY), keys=(KEY, OLD_KEY))


@every_scheme
def test_a_key_that_is_no_longer_active_will_not_do(scheme: str) -> None:
    assert not is_genuine(scheme, signed(scheme, BODY, OLD_KEY), keys=(KEY,))


@every_scheme
def test_without_active_keys_nothing_is_genuine(scheme: str) -> None:
    assert not is_genuine(scheme, signed(scheme, BODY), keys=())


@every_scheme
def test_a_signature_that_is_sent_twice_counts_for_nothing(scheme: str) -> None:
    headers = signed(scheme, BODY)

    assert not is_genuine(scheme, [*headers, headers[-1]])


@every_signature
def test_json_that_was_written_anew_is_another_body(scheme: str) -> None:
    assert not is_genuine(scheme, signed(scheme, b'{"a":1}'), b'{"a": 1}')


@pytest.mark.parametrize("scheme", ["easypost", "hmac-sha256"])
def test_hex_may_be_in_capitals(scheme: str) -> None:
    name, value = signed(scheme, BODY)[0]
    start = value.rindex(b"=") + 1 if scheme == "easypost" else 0

    assert is_genuine(scheme, [(name, value[:start] + value[start:].upper())])


@pytest.mark.parametrize("scheme", ["ninjavan", "standard-webhooks"])
def test_base64_is_another_in_capitals(scheme: str) -> None:
    *others, (name, value) = signed(scheme, BODY)
    start = value.rindex(b",") + 1 if scheme == "standard-webhooks" else 0

    assert not is_genuine(scheme, [*others, (name, value[:start] + value[start:].upper())])


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("ninjavan", b"no base64!"),
        ("ninjavan", b"AAA"),
        ("ninjavan", hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode()),
        ("ninjavan", base64.b64encode(hmac.new(KEY, BODY, hashlib.sha256).digest()) + b"\n"),
        ("ninjavan", b"\xff\xfe"),
        ("easypost", hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode()),
        ("easypost", b"hmac-sha256-hex=abc"),
        ("easypost", b"hmac-sha256-hex=" + b"0" * 63 + b"g"),
        ("easypost", b"hmac-sha1-hex=" + hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode()),
        ("hmac-sha256", hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode()[:-1]),
        ("hmac-sha256", hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode() + b" "),
        ("bearer", KEY),
        ("bearer", b"Bearer"),
        ("bearer", b"Bearer " + KEY[:-1]),
        ("bearer", b"Bearer " + KEY + b" "),
        ("bearer", b"Basic " + KEY),
    ],
)
def test_a_malformed_value_is_no_signature(scheme: str, value: bytes) -> None:
    assert not is_genuine(scheme, [(NAMES[scheme][0], value)])


# Standard Webhooks has more to get wrong.


def with_signature(value: bytes) -> Headers:
    return [*standard(BODY)[:2], (b"webhook-signature", value)]


@pytest.mark.parametrize("value", [b"v1", b"v1,", b"v1,a,b", b"v1,no base64", b",", b" ", b"v2,AAAA", b"v1;AAAA"])
def test_a_signature_without_its_form_is_none(value: bytes) -> None:
    assert not is_genuine("standard-webhooks", with_signature(value))


def test_the_right_digest_under_another_version_is_no_signature() -> None:
    value = standard(BODY)[2][1].replace(b"v1,", b"v1a,")

    assert not is_genuine("standard-webhooks", with_signature(value))


def test_one_signature_of_several_is_enough_however_they_are_spaced() -> None:
    headers = standard(BODY, before=b"v1,AAAA  v1a,BBBB   ")

    assert is_genuine("standard-webhooks", headers)


def test_eight_signatures_are_looked_at_and_nine_are_none() -> None:
    assert is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 7))
    assert not is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 8))
    assert not is_genuine("standard-webhooks", standard(BODY, before=b"v1,AAAA " * 10_000))


@pytest.mark.parametrize(
    ("seconds", "genuine"), [(-301, False), (-299, True), (0, True), (299, True), (301, False), (-360, False)]
)
def test_a_timestamp_may_be_five_minutes_off(seconds: int, genuine: bool) -> None:
    headers = standard(BODY, at=str(int(NOW) + seconds).encode())

    assert is_genuine("standard-webhooks", headers) is genuine


@pytest.mark.parametrize(
    "at",
    [
        *(b"", b"nan", b"inf", b"1e9", b"-1", b"17724000000000000000", b"1772400000.9", b"1_772_400_000"),
        *(b" 1772400000", b"1772400000 ", b"+1772400000", "١٧٧٢٤٠٠٠٠٠".encode()),
    ],
)
def test_a_timestamp_is_digits_and_nothing_else(at: bytes) -> None:
    assert not is_genuine("standard-webhooks", standard(BODY, at=at))


@pytest.mark.parametrize("message", [b"", b"msg.1", b"x" * 10_240, b"msg\r\n1", b"msg 1", "msg_é".encode(), b"\xff"])
def test_an_id_is_a_short_word(message: bytes) -> None:
    assert not is_genuine("standard-webhooks", standard(BODY, message=message))


def test_what_was_signed_as_part_of_the_body_cannot_be_moved_into_the_id() -> None:
    """``a.1772400000.`` + body would be the same bytes to sign, were an id allowed a full stop."""
    headers = standard(b"1772400000." + BODY, message=b"a")
    moved = [(b"webhook-id", b"a.1772400000"), *headers[1:]]

    assert not is_genuine("standard-webhooks", moved)


@pytest.mark.parametrize("changed", [(b"webhook-id", b"msg_2"), (b"webhook-timestamp", b"1772400001")])
def test_id_and_time_are_signed_with_the_body(changed: tuple[bytes, bytes]) -> None:
    headers = [header for header in standard(BODY) if header[0] != changed[0]]

    assert not is_genuine("standard-webhooks", [*headers, changed])


# Whatever is sent.


@every_scheme
@given(values=st.lists(st.binary(max_size=200), min_size=3, max_size=3), twice=st.booleans())
def test_no_header_makes_a_check_raise_or_succeed(scheme: str, values: list[bytes], twice: bool) -> None:
    headers = list(zip(NAMES[scheme], values, strict=False))

    assert not is_genuine(scheme, headers * 2 if twice else headers)


@every_scheme
@given(data=st.data())
def test_no_signature_that_is_almost_right_succeeds(scheme: str, data: st.DataObject) -> None:
    """One byte of a header is another. Spared are the letters whose case is free, and the end of base64: the
    last two of its bits are padding, and can be written in more ways than one."""
    *others, (name, value) = signed(scheme, BODY)
    free = {"easypost": 16, "hmac-sha256": 0}.get(scheme, len(value))
    place = data.draw(st.integers(0, len(value) - (3 if scheme in ("ninjavan", "standard-webhooks") else 1)))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[place]))
    changed = value[:place] + bytes([byte]) + value[place + 1 :]
    same = place >= free and changed.lower() == value
    same |= scheme == "bearer" and place < 6 and changed[:6].lower() == b"bearer"

    assert is_genuine(scheme, [*others, (name, changed)]) is same


@every_signature
@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_goes_with_one_body(scheme: str, body: bytes, other: bytes) -> None:
    headers = signed(scheme, body)

    assert is_genuine(scheme, headers, body)
    assert is_genuine(scheme, headers, other) is (other == body)

"""One byte of a signature, a key or a timestamp is another, and the push is refused. Names begin with the case's id."""

import base64
import hashlib
import hmac
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.signatures import SCHEMES, Refusal, check, of_a_moment
from support.signing import BODY, NOW, Sent, keys, refusal, sent

IN_HEADERS = sorted(set(SCHEMES) - {"trackingmore"})
SHARED_KEY = sorted(set(SCHEMES) - {"shipengine"})

#: The header that holds the signature, where it is not the only one.
SIGNATURE = {"standard-webhooks": b"webhook-signature", "shipengine": b"x-shipengine-rsa-sha256-signature"}

HEX_AT_THE_END = re.compile(rb"(?s)(.*?)([0-9a-fA-F]{64})")
BASE64_AT_THE_END = re.compile(rb"(?si)((?:v1,|basic )?)([0-9a-z+/_=-]+)")


def reads_alike(one: bytes, other: bytes) -> bool:
    """Say whether two values are the same signature: hex in capitals, unused bits of base64, a scheme's name."""
    if (digits := HEX_AT_THE_END.fullmatch(one)) and (others := HEX_AT_THE_END.fullmatch(other)):
        return digits[1] == others[1] and digits[2].lower() == others[2].lower()
    word, _, token = one.partition(b" ")
    if word.lower() in (b"bearer", b"basic") and other.lower() == one.lower() and other.endswith(token):
        return True
    *before, last = re.split(rb"(?<=[.,])", one)
    *before_other, last_other = re.split(rb"(?<=[.,])", other)
    return before == before_other and decoded(last) is not None and decoded(last) == decoded(last_other)


def decoded(text: bytes) -> bytes | None:
    found = BASE64_AT_THE_END.fullmatch(text)
    try:
        return found and found[1].lower() + base64.b64decode(
            found[2].translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(found[2]) % 4), validate=True
        )
    except ValueError:
        return None


@pytest.mark.parametrize("scheme", IN_HEADERS)
@given(data=st.data())
def test_a18_a_signature_of_which_a_byte_is_another_is_refused(scheme: str, data: st.DataObject) -> None:
    headers, body = sent(scheme)
    name = SIGNATURE.get(scheme, headers[0][0])
    value = dict(headers)[name]
    place = data.draw(st.integers(0, len(value) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[place]))
    changed = value[:place] + bytes([byte]) + value[place + 1 :]

    refused = refusal(scheme, [(key, changed if key == name else one) for key, one in headers], body)

    assert refused is not None or reads_alike(value, changed)


@pytest.mark.parametrize("scheme", SHARED_KEY)
@given(data=st.data())
def test_a8_a_key_of_which_a_byte_is_another_is_no_key(scheme: str, data: st.DataObject) -> None:
    """But for a header's name: it is no secret, and may be written in either case."""
    headers, body = sent(scheme)
    key = keys(scheme).account
    first = key.index(b": ") + 2 if scheme == "header-token" else 0
    place = data.draw(st.integers(first, len(key) - 1))
    byte = data.draw(st.sampled_from(b"abcdefgXYZ0189+/-_").filter(lambda byte: byte != key[place]))
    changed = key[:place] + bytes([byte]) + key[place + 1 :]

    assert check(scheme, headers, body, [changed], NOW) is not None


# Timestamps.


def signed_at(scheme: str, text: str) -> tuple[Sent, bytes]:
    """Give a push whose timestamp is any text, signed as it should be."""
    at, key = text.encode("utf-8", "surrogateescape"), keys(scheme).account
    match scheme:
        case "shippo":
            digest = hmac.new(key, at + b"." + BODY, hashlib.sha256).hexdigest().encode()
            return [(b"shippo-auth-signature", b"t=" + at + b",v1=" + digest)], BODY
        case "shipengine":
            private = load_pem_private_key(keys(scheme).sender.encode(), None)
            assert isinstance(private, RSAPrivateKey)
            signature = base64.b64encode(private.sign(at + b"." + BODY, PKCS1v15(), hashes.SHA256()))
            kind = b"x-shipengine-rsa-sha256-"
            return [(kind + b"signature", signature), (kind + b"key-id", b"1"), (b"x-shipengine-timestamp", at)], BODY
        case "trackingmore":
            told = {"timeStr": text, "signature": hmac.new(key, at, hashlib.sha256).hexdigest()}
            return [], json.dumps({"verifyInfo": told}).encode()
        case _:
            secret = base64.b64decode(key.removeprefix(b"whsec_"))
            digest = base64.b64encode(hmac.new(secret, b"msg_1." + at + b"." + BODY, hashlib.sha256).digest())
            named = {b"webhook-id": b"msg_1", b"webhook-timestamp": at, b"webhook-signature": b"v1," + digest}
            return list(named.items()), BODY


timed = pytest.mark.parametrize("scheme", sorted(name for name, one in SCHEMES.items() if one.signs_a_time))


@timed
@pytest.mark.parametrize(("seconds", "genuine"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_a13_a_timestamp_may_be_five_minutes_off(scheme: str, seconds: int, genuine: bool) -> None:
    refused = refusal(scheme, *signed_at(scheme, str(int(NOW) + seconds)))

    assert refused is (None if genuine else Refusal.STALE)


@timed
@pytest.mark.parametrize("text", ["", "nan", "inf", "1e9", "-1", "17724000000000000000"])
def test_a14_a_timestamp_that_is_no_second_of_ours_is_refused(scheme: str, text: str) -> None:
    assert refusal(scheme, *signed_at(scheme, text)) is not None


@timed
@pytest.mark.parametrize(
    "text", ["1772400000.9", "1_772_400_000", "١٧٧٢٤٠٠٠٠٠", " 1772400000", "1772400000 ", "+1772400000", "1772400000\n"]
)
def test_a15_a_timestamp_that_is_more_than_digits_is_refused(scheme: str, text: str) -> None:
    assert refusal(scheme, *signed_at(scheme, text)) is not None


# Many signatures.


@pytest.mark.parametrize(("count", "computed"), [(8, 8), (9, 0), (10_000, 0)])
def test_a11_no_more_than_eight_signatures_are_looked_at(
    count: int, computed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def counting(key: bytes, signed: bytes) -> bytes:
        made.append(signed)
        return hmac.new(key, signed, hashlib.sha256).digest()

    headers, body = sent("standard-webhooks")
    several = [(name, b" ".join([value] * count) if name.endswith(b"signature") else value) for name, value in headers]
    monkeypatch.setattr(of_a_moment, "hmac_sha256", counting)

    refused = refusal("standard-webhooks", several, body)

    assert (refused is None) is (count <= 8)
    assert len(made) <= max(computed, 1)

"""Each sender's own scheme: what it signs is genuine, and nothing that differs from it is."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.conformance.signing import KEY_ID, CannotSign, sign
from carrier_adapter.signatures import SCHEMES, TOLERANCE, Refusal, check, key_problem, new_key
from support.signing import BODY, NOW, Sent, keys, refusal, sent

NAMES = {scheme: [name for name, _ in sent(scheme)[0]] for scheme in SCHEMES}
COVERS_THE_BODY = sorted(set(SCHEMES) - {"bearer", "basic", "header-token", "easyship", "trackingmore"})
IN_HEADERS = sorted(set(SCHEMES) - {"trackingmore"})

every_scheme = pytest.mark.parametrize("scheme", sorted(SCHEMES))
in_headers = pytest.mark.parametrize("scheme", IN_HEADERS)
timed = pytest.mark.parametrize("scheme", sorted(name for name, one in SCHEMES.items() if one.signs_a_time))


# What the platforms publish: their own examples.


def test_tiktok_shops_own_example_is_genuine() -> None:
    """partner.tiktokshop.com, Webhooks overview: app key abcdef, app secret 123."""
    body = (
        b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
        b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
        b'"order_status":"UNPAID","update_time":1718305585}}'
    )
    signature = b"5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"

    assert check("tiktok-shop", [(b"authorization", signature)], body, [b"abcdef:123"], NOW) is None
    bearer = [(b"authorization", b"Bearer " + signature)]
    assert check("tiktok-shop", bearer, body, [b"abcdef:123"], NOW) is Refusal.MALFORMED


def test_lazadas_own_example_is_genuine() -> None:
    """open.lazada.com, document 120168; the dots stand in the example's body."""
    body = b'{"seller_id":"1234567", "message_type":0, "data":{...}..}'
    signature = b"f3d2ca947f16a50b577c036adecd18bec126ea19cadedd59816e255d3b6104ab"

    assert check("lazada", [(b"authorization", signature)], body, [b"123456:3412gyo124goi3124"], NOW) is None


HEX = b"807c0bf1a8022637ec85d056a8bbc5c69b9af8498d01a3ce10af9fb220c35861"
BASE64 = b"gHwL8agCJjfshdBWqLvFxpua+EmNAaPOEK+fsiDDWGE="
TOKEN = (
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJlYXN5c2hpcF9jb21wYW55X2lkIjoiMSJ9."
    b"-iPQloXKyGtUr6nH_lDhNs1tLTXGfWF-9oN2oBKd-jU"
)


@pytest.mark.parametrize(
    ("scheme", "header", "value"),
    [
        ("ninjavan", b"x-ninjavan-hmac-sha256", BASE64),
        ("easypost", b"x-hmac-signature", b"hmac-sha256-hex=" + HEX),
        ("aftership", b"aftership-hmac-sha256", BASE64),
        ("fedex", b"fdx-signature", BASE64),
        ("17track", b"sign", b"4123eaa5418504f4b35af173d2fc818fd3698a81fb478e308675e0f243d1a9b9"),
        ("shopee", b"authorization", b"f80628cac54b957a7cbcb3cca3c6479eb26f74413f8711c7a1291c1c0b70bcd5"),
        (
            "shippo",
            b"shippo-auth-signature",
            b"t=1772400000,v1=450442738851d0f685208646182a42ef1e46129833efb99b25ddb9565d83c87b",
        ),
        ("easyship", b"x-easyship-signature", TOKEN),
        ("hmac-sha256", b"x-signature-sha256", HEX),
        ("hmac-sha256-base64", b"x-signature-sha256", BASE64),
    ],
)
def test_what_openssl_signed_is_genuine(scheme: str, header: bytes, value: bytes) -> None:
    """``openssl dgst -sha256 -hmac KEY``, or without a key for 17TRACK, over what the sender's document names."""
    assert refusal(scheme, [(header, value)], BODY) is None


def test_what_openssl_signed_inside_a_body_is_genuine() -> None:
    signature = "99558b2acf2224de253014af75bc54c7b82fb0c287e547c59c0f3b1eabcc73d3"
    body = {"data": {}, "verifyInfo": {"timeStr": "1772400000", "signature": signature}}

    assert refusal("trackingmore", [], json.dumps(body).encode()) is None


# What every scheme does.


@every_scheme
def test_what_the_sender_signs_is_genuine(scheme: str) -> None:
    assert refusal(scheme, *sent(scheme)) is None


@every_scheme
def test_a1_without_a_signature_it_is_missing(scheme: str) -> None:
    assert refusal(scheme, [], BODY) is Refusal.MISSING


@in_headers
def test_a2_an_empty_signature_is_none(scheme: str) -> None:
    assert refusal(scheme, [(name, b"") for name in NAMES[scheme]], BODY) is not None


@every_scheme
def test_a8_another_carriers_key_is_wrong(scheme: str) -> None:
    assert refusal(scheme, *sent(scheme, label="other")) is Refusal.WRONG


@every_scheme
def test_a9_a_key_that_is_no_longer_active_is_wrong(scheme: str) -> None:
    assert refusal(scheme, *sent(scheme, label="old"), "this") is Refusal.WRONG


@every_scheme
def test_a10_while_keys_are_exchanged_either_is_right(scheme: str) -> None:
    assert refusal(scheme, *sent(scheme, label="old"), "this", "old") is None
    assert refusal(scheme, *sent(scheme, label="this"), "this", "old") is None


@every_scheme
def test_without_active_keys_nothing_is_genuine(scheme: str) -> None:
    headers, body = sent(scheme)

    assert check(scheme, headers, body, [], NOW) is not None


@in_headers
def test_a12_a_signature_that_is_sent_twice_counts_for_nothing(scheme: str) -> None:
    headers, body = sent(scheme)

    assert refusal(scheme, [*headers, headers[0]], body) is not None
    assert refusal(scheme, [*headers, headers[-1]], body) is Refusal.REPEATED


@pytest.mark.parametrize("scheme", COVERS_THE_BODY)
@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a18_a_signature_goes_with_one_body(scheme: str, body: bytes, other: bytes) -> None:
    headers, _ = sent(scheme, body)

    assert refusal(scheme, headers, body) is None
    assert (refusal(scheme, headers, other) is None) is (other == body)


@timed
def test_a19_a_push_that_was_signed_forty_days_ago_is_stale(scheme: str) -> None:
    assert refusal(scheme, *sent(scheme, at=NOW - 3_456_000)) is Refusal.STALE


@in_headers
@given(values=st.lists(st.binary(max_size=200), min_size=3, max_size=3), body=st.binary(max_size=60))
def test_no_header_makes_a_check_raise_or_succeed(scheme: str, values: list[bytes], body: bytes) -> None:
    assert refusal(scheme, list(zip(NAMES[scheme], values, strict=False)), body) is not None


@given(body=st.binary(max_size=200) | st.builds(lambda inner: json.dumps({"verifyInfo": inner}).encode(), st.text()))
def test_no_body_makes_trackingmores_check_raise_or_succeed(body: bytes) -> None:
    assert refusal("trackingmore", [], body) is not None


# What some do.


def jwt_of(claims: dict[str, object], algorithm: str = "HS256", key: str | None = None) -> Sent:
    token = jwt.encode(claims, LONG_KEY if key is None else key, algorithm)
    return [(b"x-easyship-signature", token.encode())]


LONG_KEY = "a-key-that-is-long-enough-for-every-algorithm-of-this-family-of-them-all"


def token_refusal(headers: Sent) -> Refusal | None:
    return check("easyship", headers, BODY, [LONG_KEY.encode()], NOW)


def test_easyships_token_is_signed_with_one_algorithm_only() -> None:
    assert token_refusal(jwt_of({}, "HS512")) is Refusal.MALFORMED
    assert token_refusal(jwt_of({}, "none", "")) is not None


def test_easyships_token_may_say_until_when_it_holds() -> None:
    assert token_refusal(jwt_of({"exp": int(NOW) + 60})) is None
    assert token_refusal(jwt_of({"exp": int(NOW) - TOLERANCE - 1})) is Refusal.STALE
    assert token_refusal(jwt_of({"exp": "soon"})) is not None


def jwk(scheme_key: bytes, key_id: str) -> dict[str, object]:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    made = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(load_pem_public_key(scheme_key)))  # type: ignore[arg-type]
    return {**made, "kid": key_id}


def test_shipengines_key_may_be_the_set_that_it_publishes() -> None:
    headers, body = sent("shipengine")
    mine, others = jwk(keys("shipengine").account, KEY_ID), jwk(keys("shipengine", "other").account, "another")

    def refused(*members: dict[str, object]) -> Refusal | None:
        return check("shipengine", headers, body, [json.dumps({"keys": members}).encode()], NOW)

    assert refused(others, mine) is None
    assert refused(others, {**mine, "kid": "a third"}) is Refusal.WRONG
    assert refused({"kty": "EC", "crv": "P-256", "kid": "of another kind"}, mine) is None
    assert check("shipengine", headers, body, [json.dumps(mine).encode()], NOW) is None


def test_shipengines_time_may_be_an_instant() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    def refused(at: bytes) -> Refusal | None:
        private = load_pem_private_key(keys("shipengine").sender.encode(), None)
        signature = private.sign(at + b"." + BODY, PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr,call-arg,arg-type]
        signed = {b"signature": base64.b64encode(signature), b"key-id": b"1"}
        headers = [(b"x-shipengine-rsa-sha256-" + name, value) for name, value in signed.items()]
        return refusal("shipengine", [*headers, (b"x-shipengine-timestamp", at)], BODY)

    assert refused(b"2026-03-01T21:20:00Z") is None  # NOW
    assert refused(b"2026-03-01T21:24:59.123Z") is None
    assert refused(b"2026-03-01T21:25:01Z") is Refusal.STALE
    assert refused(b"2026-13-01T21:20:00Z") is Refusal.MALFORMED


def test_a_header_token_is_looked_for_where_each_key_says() -> None:
    old, new = b"X-Old: a-token-of-the-first-header", b"X-New: a-token-of-the-second-one"

    assert check("header-token", [(b"x-new", b"a-token-of-the-second-one")], b"", [old, new], NOW) is None
    assert check("header-token", [(b"x-old", b"a-token-of-the-second-one")], b"", [old, new], NOW) is Refusal.WRONG


# Keys.


def pem(bits: int) -> str:
    key = generate_private_key(public_exponent=65_537, key_size=bits).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("scheme", sorted(name for name, one in SCHEMES.items() if not one.given))
def test_a_key_that_we_make_is_a_good_one_and_never_the_same(scheme: str) -> None:
    assert key_problem(scheme, new_key(scheme)) is None
    assert new_key(scheme) != new_key(scheme)


@pytest.mark.parametrize("scheme", sorted(name for name, one in SCHEMES.items() if one.given))
def test_a_key_that_the_sender_gives_out_is_not_made_here(scheme: str) -> None:
    with pytest.raises(ValueError, match=r"the sender gives out"):
        new_key(scheme)


@every_scheme
def test_a_key_of_the_right_form_is_taken(scheme: str) -> None:
    assert key_problem(scheme, keys(scheme).account.decode()) is None


@pytest.mark.parametrize(
    ("scheme", "key"),
    [
        ("tiktok-shop", "no-secret-behind-a-colon"),
        ("tiktok-shop", ":a-secret-without-an-app-key"),
        ("lazada", "app:short"),
        ("shopee", "a-partner-key-without-an-address"),
        ("shopee", "ftp://x.example.com a-partner-key"),
        ("shipengine", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        ("shipengine", '{"keys": []}'),
        ("shipengine", '{"kty": "oct", "k": "AAAA"}'),
        ("shipengine", "[]"),
        ("shipengine", '{"keys": "RSA"}'),
        ("shipengine", pem(1_024)),
        ("basic", "a-password-without-a-user-before-it"),
        ("basic", "user:short"),
        ("header-token", "a-token-without-a-header-before-it"),
        ("header-token", "X Token: a-token-that-is-long-enough-to-be-one"),
        ("standard-webhooks", "whsec_short"),
        ("hmac-sha256", "short"),
        ("aftership", "short"),
    ],
)
def test_a_key_of_another_form_is_refused_with_a_sentence(scheme: str, key: str) -> None:
    assert " " in (key_problem(scheme, key) or "")


def test_shipengines_pushes_cannot_be_signed_without_a_private_key() -> None:
    with pytest.raises(CannotSign, match="RSA private key"):
        sign("shipengine", "a secret", b"", NOW)

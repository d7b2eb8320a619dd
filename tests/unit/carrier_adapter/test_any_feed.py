"""Whatever an authentic sender sends, a parser gives a feed or refuses it; it does nothing else. Nor do verifiers.

Each parser gets 2,000 spoilt copies of its fixtures, each verifier as many requests; FUZZ_INPUTS says another number,
and FUZZ_SEED other ones. A plain seeded loop: Hypothesis spends more on an example than a parser does.
"""

import base64
import hashlib
import json
import os
import random
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter import signatures
from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.record import LONGEST_NUMBER, MOST_RECORDS, Feed, Unparsable
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.mapping.loading import load
from carrier_adapter.signatures import SCHEMES, check
from contracts.vocabulary import SUB_STATUSES, TimeQuality, tracking_key
from support.mutations import any_value, mutated

INPUTS = int(os.environ.get("FUZZ_INPUTS", "2000"))
SEED = os.environ.get("FUZZ_SEED", "waybill")
BERLIN = ZoneInfo("Europe/Berlin")
#: Mapping files beside those that come with us, in folders of their own: other ways to write a feed, and every field.
MAPPINGS = {
    file.stem: (load(file.read_text("utf-8"), file.name), samples)
    for folder, inner in (
        (Path(__file__).parents[3] / "examples" / "mappings", "samples/"),
        (Path(__file__).parents[2] / "fixtures" / "mappings", ""),
    )
    for file in folder.glob("*.yaml")
    for samples in [sorted(folder.glob(f"{inner}{file.stem}.*"))]
}
PARSERS = {name: mapping for name, (mapping, _) in MAPPINGS.items()} | dict(FORMATS)
EVERY = sorted(PARSERS)


def seeds(name: str) -> list[bytes]:
    own = sorted((FEEDS / name).iterdir()) if name in FORMATS else MAPPINGS[name][1]
    return [file.read_bytes() for file in own if not file.name.endswith((".expected.jsonl", ".yaml"))]


@pytest.mark.parametrize("name", EVERY)
def test_what_is_spoilt_below_is_good(name: str) -> None:
    feeds = [parse(name, body) for body in seeds(name)]

    assert feeds
    assert not any(isinstance(feed, Unparsable) for feed in feeds)


def parse(name: str, body: bytes) -> Feed | Unparsable:
    try:
        return PARSERS[name].parse(body, BERLIN)
    except Unparsable as refusal:
        return refusal


def read(name: str, body: bytes) -> None:
    """Read *body*, and look at what came out: it must be fit to be kept and told."""
    feed = parse(name, body)
    if isinstance(feed, Unparsable):
        assert 0 < len(str(feed)) < 150
        return
    assert bool(feed.records) is (feed.silence is None)
    assert len(feed.records) <= MOST_RECORDS
    assert [record.index for record in feed.records] == list(range(len(feed.records)))
    for record in feed.records:
        if record.problem is None:
            assert record.status is not None
            assert record.sub_status in SUB_STATUSES[record.status]
            assert record.tracking_number is not None
            assert 0 < len(tracking_key(record.tracking_number)) <= LONGEST_NUMBER
        assert (record.occurred_at is None) is (record.time_quality is TimeQuality.NONE)
        assert record.occurred_at is None or record.occurred_at.astimezone(BERLIN).isoformat()
        assert record.estimated_at is None or record.estimated_at.astimezone(BERLIN).isoformat()
        for text in (record.raw_code, record.raw_text, record.raw_time, record.place, record.carrier, record.record_id):
            assert text is None or (0 < len(text) <= 300 and text.isprintable())
        assert 0 < len(record.identity("account")) <= 200


@pytest.mark.parametrize("name", EVERY)
def test_any_fixture_that_is_spoilt_is_a_feed_or_refused(name: str) -> None:
    chance, good = random.Random(f"{SEED}/{name}"), seeds(name)
    for _ in range(INPUTS):
        body = mutated(chance, good)
        try:
            read(name, body)
        except Exception as fault:
            pytest.fail(f"{name}: {type(fault).__name__}: {fault} on {body!r}")


@pytest.mark.parametrize("name", EVERY)
def test_any_bytes_and_any_json_are_a_feed_or_refused(name: str) -> None:
    chance = random.Random(f"{SEED}/{name}/any")
    for _ in range(INPUTS // 10):
        body = chance.choice((chance.randbytes(chance.randrange(200)), json.dumps(any_value(chance)).encode()))
        try:
            read(name, body)
        except Exception as fault:
            pytest.fail(f"{name}: {type(fault).__name__}: {fault} on {body!r}")


SOURCES = Path(signatures.__file__).parent.glob("*.py")
HEADERS = sorted(
    {name.encode() for file in SOURCES for name in re.findall(r'b"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"', file.read_text())}
)
NUMBER = base64.urlsafe_b64encode(b"\xc1" + b"\x2b" * 255).rstrip(b"=")
KEYS = (
    b"a-key-of-24-letters-or-so",
    b"whsec_" + base64.b64encode(b"k" * 32),
    b"app-key:app-secret",
    b"https://example.com/feed partner-key",
    b"X-Token: a-token-of-24-letters-or-so",
    b"\xff\x00\xfe" * 9,
    b'{"keys": [{"kty": "RSA", "kid": "1", "e": "AQAB", "n": "%s"}, {"kty": 7}, null]}' % NUMBER,
    b'{"kty": "RSA", "e": "AQAB", "n": "%s"}' % NUMBER,
    b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
)
NOW = 1_772_460_300


def any_header(chance: random.Random, body: bytes) -> bytes:
    """Give a header's value: a digest of the right kind, a time, a token, or anything; never a true signature."""
    digest = hashlib.sha256(body + chance.randbytes(4)).digest()
    coded = base64.b64encode(digest)
    claims = base64.urlsafe_b64encode(json.dumps(any_value(chance)).encode()).rstrip(b"=")
    return chance.choice(
        (
            *(digest.hex().encode(), coded, base64.b64encode(digest * 8), b"hmac-sha256-hex=" + digest.hex().encode()),
            *(
                b"v1," + coded,
                b" ".join([b"v1,AAAA"] * chance.randrange(40)),
                b"sha256=" + coded[: chance.randrange(40)],
            ),
            b"t=%d,v1=%s" % (NOW, digest.hex().encode()),
            *(b"%d" % NOW, b"2026-03-02T14:05:00Z", b"2026-13-99T14:05:00Z", b"9" * chance.randrange(400)),
            *(b"Bearer " + coded, b"Basic " + coded, b"Basic " + base64.b64encode(b"user:" + digest), b"", b"1"),
            b"eyJhbGciOiJIUzI1NiJ9." + claims + b"." + base64.urlsafe_b64encode(digest).rstrip(b"="),
            b"eyJhbGciOiJub25lIn0." + claims + b".",
            chance.randbytes(chance.randrange(100)),
        )
    )


def any_body(chance: random.Random) -> bytes:
    told = {"timeStr": chance.choice((NOW, str(NOW), any_value(chance))), "signature": any_value(chance)}
    return chance.choice((chance.randbytes(chance.randrange(60)), json.dumps({"verifyInfo": told}).encode()))


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_any_request_that_nobody_signed_is_no_authentic_push_and_nothing_worse(scheme: str) -> None:
    chance = random.Random(f"{SEED}/{scheme}")
    for _ in range(INPUTS):
        body = any_body(chance)
        headers = [(chance.choice(HEADERS), any_header(chance, body)) for _ in range(chance.randrange(8))]
        keys = chance.sample(KEYS, chance.randrange(4))
        try:
            assert check(scheme, headers, body, keys, float(NOW)) is not None
        except Exception as fault:
            pytest.fail(f"{scheme}: {type(fault).__name__}: {fault} on {headers!r} {body!r} {keys!r}")

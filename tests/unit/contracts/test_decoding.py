"""What becomes of a message's bytes: an event, or poison; never an exception."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event import Poison, decode
from contracts.scans.v1 import Watermark
from contracts.streams import CONSUMERS, RPCS, SERVICES, STREAMS

KNOWN = STREAMS["SCANS"].known()


def a_watermark() -> Watermark:
    return Watermark(
        event_id=uuid4(),
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        through=datetime(2026, 3, 1, tzinfo=UTC),
        records=7,
    )


def test_an_event_comes_back_as_it_was_sent() -> None:
    sent = a_watermark()

    assert sent == decode(KNOWN, "scans.v1.watermark", sent.model_dump_json().encode())


def test_a_field_that_a_reader_does_not_know_is_no_poison() -> None:
    sent = a_watermark()
    body = sent.model_dump_json().replace("{", '{"added_later": 1, ', 1).encode()

    assert sent == decode(KNOWN, "scans.v1.watermark", body)


@pytest.mark.parametrize("subject", ["scans.v2.watermark", "scans.v1.unheard", "orders.v1.changed", ""])
def test_an_unknown_subject_or_version_is_poison(subject: str) -> None:
    outcome = decode(KNOWN, subject, a_watermark().model_dump_json().encode())

    assert isinstance(outcome, Poison)
    assert outcome.reason == "unknown subject or version"


def test_poison_names_the_field_and_repeats_nothing_of_the_input() -> None:
    outcome = decode(KNOWN, "scans.v1.watermark", b'{"event_id": "canary-canary", "records": 1}')

    assert isinstance(outcome, Poison)
    assert outcome.reason.startswith("event_id: ")
    assert "canary" not in outcome.reason


@given(st.binary(max_size=300))
def test_no_bytes_make_the_decoder_raise(body: bytes) -> None:
    assert isinstance(decode(KNOWN, "scans.v1.reported", body), Poison)


def test_every_stream_has_one_speaker_and_every_subject_one_class() -> None:
    subjects = [subject for spec in STREAMS.values() for subject in spec.known()]

    assert len(subjects) == len(set(subjects))
    assert {spec.said_by for spec in STREAMS.values()} <= set(SERVICES)
    assert all(
        subject.startswith(spec.space.removesuffix(">")) for spec in STREAMS.values() for subject in spec.known()
    )


def test_consumers_read_streams_that_exist_and_subjects_that_are_said_there() -> None:
    for consumer in CONSUMERS:
        assert set(consumer.filters) <= set(STREAMS[consumer.stream].known())
        assert consumer.service in SERVICES
    assert {rpc.asked_by for rpc in RPCS} | {rpc.answered_by for rpc in RPCS} <= set(SERVICES)


def test_the_id_of_an_event_is_its_own() -> None:
    assert isinstance(a_watermark().event_id, UUID)

"""Aggregators send a parcel's whole list again with every update: only what is new in it is new.

Whatever a carrier rewords in between: "the carrier's record id where it is stable, else account, number, code and time,
never the wording or the place's spelling".
"""

import json
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
import pytest

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.record import Record
from carrier_adapter.formats.registry import FORMATS

UTC = ZoneInfo("UTC")

#: A push with several scans, where its list is, and the time of a scan in it.
LISTS = {
    "17track-webhook": ("01-two-carriers", "data.track_info.tracking.providers[0].events", "time_utc"),
    "aftership-webhook": ("01-on-its-way", "msg.checkpoints", "checkpoint_time"),
    "shippo-track": ("01-track-updated", "data.tracking_history", "status_date"),
    "shipengine-webhook": ("01-delivered-and-signed", "data.events", "occurred_at"),
    "easyship-webhook": ("03-checkpoints-created", "data.checkpoints", "checkpoint_time"),
    "trackingmore-tracking": ("01-two-carriers", "data.origin_info.trackinfo", "checkpoint_date"),
}
WORDS = frozenset(
    ("description", "message", "status_details", "tracking_detail", "location", "city", "city_locality", "state")
)


def reworded(value: Any) -> Any:
    """Give a document with other words for what happened, and where."""
    if isinstance(value, dict):
        return {
            key: f"{one} (formerly otherwise)" if key in WORDS and isinstance(one, str) else reworded(one)
            for key, one in value.items()
        }
    return [reworded(one) for one in value] if isinstance(value, list) else value


def identities(name: str, push: Any) -> list[str]:
    return [one.identity("account") for one in records(name, push)]


def records(name: str, push: Any) -> tuple[Record, ...]:
    return FORMATS[name].parse(json.dumps(push).encode(), UTC).records


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_that_comes_again_reworded_with_one_scan_more_has_one_new_record(name: str) -> None:
    fixture, where, time = LISTS[name]
    first = json.loads((FEEDS / name / f"{fixture}.json").read_text("utf-8"))
    again = reworded(first)
    scans = jmespath.search(where, again)
    scans.insert(0, scans[0] | {time: "2026-11-20T10:11:12Z"})

    before, after = identities(name, first), identities(name, again)

    assert len(set(before)) == len(before) > 1
    assert len(after) == len(before) + 1
    assert len(set(after) - set(before)) == 1


@pytest.mark.parametrize("name", sorted(LISTS))
def test_no_place_or_wording_is_lost_on_the_way(name: str) -> None:
    fixture, _, _ = LISTS[name]
    again = reworded(json.loads((FEEDS / name / f"{fixture}.json").read_text("utf-8")))

    assert any("(formerly otherwise)" in (one.raw_text or "") for one in records(name, again))
    assert any("(formerly otherwise)" in (one.place or "") for one in records(name, again))


def test_where_only_the_words_tell_codes_apart_they_are_no_part_of_what_a_record_is() -> None:
    """J&T Indonesia says 100 of everything on the way."""
    first = json.loads((FEEDS / "jnt-id-tracking" / "01-on-the-way.json").read_text("utf-8"))
    again = first | {"history": [one | {"status": f"{one['status']} (lain)"} for one in first["history"]]}

    assert identities("jnt-id-tracking", again) == identities("jnt-id-tracking", first)

"""Every format numbers the records of a push from 0 without a gap: receipts name them from their count alone."""

from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.registry import FORMATS


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_records_are_numbered_as_they_are_listed(name: str) -> None:
    for file in sorted((FEEDS / name).glob("*")):
        if file.name.endswith(".expected.jsonl"):
            continue
        try:
            feed = FORMATS[name].parse(file.read_bytes(), ZoneInfo("UTC"))
        except Unparsable:
            continue
        assert [record.index for record in feed.records] == list(range(len(feed.records))), file.name

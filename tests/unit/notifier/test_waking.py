"""Who is asleep is not written to: between 08:00 and 21:00 on the walls of the person."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.settings import NotifierSettings
from notifier.waking import next_waking
from sandbox.servers import make_nkey

EIGHT, NINE_PM = time(8), time(21)


@pytest.mark.parametrize(
    ("now", "zone", "then"),
    [
        ("2026-03-02T08:00:00+08:00", "Asia/Singapore", "2026-03-02T08:00:00+08:00"),
        ("2026-03-02T20:59:59+08:00", "Asia/Singapore", "2026-03-02T20:59:59+08:00"),
        ("2026-03-02T21:00:00+08:00", "Asia/Singapore", "2026-03-03T08:00:00+08:00"),
        ("2026-03-02T07:59:59+08:00", "Asia/Singapore", "2026-03-02T08:00:00+08:00"),
        ("2026-12-31T23:00:00+08:00", "Asia/Singapore", "2027-01-01T08:00:00+08:00"),
        ("2026-03-02T12:00:00+08:00", "America/New_York", "2026-03-02T08:00:00-05:00"),  # 23:00 the day before
        # The clocks go forward in the night, and back.
        ("2026-03-07T22:00:00-05:00", "America/New_York", "2026-03-08T08:00:00-04:00"),
        ("2026-10-31T22:00:00-04:00", "America/New_York", "2026-11-01T08:00:00-05:00"),
        # Apia had no 30 December 2011.
        ("2011-12-29T22:00:00-10:00", "Pacific/Apia", "2011-12-31T08:00:00+14:00"),
    ],
)
def test_a_message_goes_out_now_or_in_the_morning(now: str, zone: str, then: str) -> None:
    found = next_waking(datetime.fromisoformat(now).astimezone(UTC), zone, EIGHT, NINE_PM)

    assert found == datetime.fromisoformat(then)


ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)
moments = st.integers(1_300_000_000, 1_900_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(moments, st.sampled_from(ZONES))
def test_whoever_waits_is_awake_then_and_waits_no_longer_than_a_night(now: datetime, zone: str) -> None:
    then = next_waking(now, zone, EIGHT, NINE_PM)

    assert EIGHT <= then.astimezone(ZoneInfo(zone)).time() < NINE_PM
    assert now <= then <= now + timedelta(hours=12)
    assert next_waking(then, zone, EIGHT, NINE_PM) == then


@pytest.mark.parametrize(("start", "end"), [("08:00", "08:00"), ("21:00", "08:00"), ("08:00", "00:00")])
def test_waking_hours_in_which_nobody_is_awake_are_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="waking_from must be earlier"):
        NotifierSettings(
            database_url="postgresql://notifier@localhost/notifier",
            nats_url="nats://localhost:4222",
            nats_seed=make_nkey()[0],
            nats_monitor_url="http://localhost:8222",
            ops_port=9000,
            smtp_host="localhost",
            smtp_port=25,
            sender="waybill@example.com",
            message_id_domain="example.com",
            public_url="https://track.example.com",
            waking_from=start,
            waking_until=end,
        )

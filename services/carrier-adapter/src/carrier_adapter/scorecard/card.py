"""The scorecard as it is shown: a line for each account and day. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from carrier_adapter.scorecard.tally import LAGS, lag_within
from contracts.orders.v1 import Verdict

#: What is counted, in the order in which it is shown; docs/scorecard.md says what each means.
COUNTED: Final = (
    *("pushes", "pushes_repeated", "records", "out_of_order", "naive_times", "no_times"),
    *("bad_times", "unmapped", "unparsable", "tests", "unheard_parcels"),
)


def card(account: str, carrier: str, day: date, counts: Mapping[str, int]) -> dict[str, Any]:
    """Give the line of one account and day; lags are in seconds, null where it is more than a week or no scan came."""
    lags = [counts.get(f"lag_{n}", 0) for n in range(len(LAGS) + 1)]
    shares = {f"lag_p{share}_s": lag_within(lags, share / 100) for share in (50, 95)}
    rejected = {what.removeprefix("rejected_"): n for what, n in counts.items() if what.startswith("rejected_")}
    return {
        "account": account,
        "carrier": carrier,
        "day": day.isoformat(),
        **{what: counts.get(what, 0) for what in COUNTED},
        **{name: lag.total_seconds() if lag is not None else None for name, lag in shares.items()},
        "verdicts": {verdict.value: counts.get(verdict, 0) for verdict in Verdict},
        "rejected": dict(sorted(rejected.items())),
    }

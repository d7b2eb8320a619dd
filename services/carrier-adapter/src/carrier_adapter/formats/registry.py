"""Every feed format by its name, and which signatures go with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats import easypost_event, ninjavan_webhook, ship_by_tiktok, x12_214
from carrier_adapter.formats.record import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """A feed format."""

    name: str
    description: str
    parse: Callable[[bytes, ZoneInfo], Feed]  #: (body, zone of the account) -> what it says; raises `Unparsable`.
    schemes: tuple[str, ...]  #: Signature schemes that go with it, the usual one first.


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Format("ninjavan-webhook", "Ninja Van webhooks 1.1 and 2.0, JSON", ninjavan_webhook.parse, ("ninjavan",)),
            Format("easypost-event", "EasyPost tracker events, JSON", easypost_event.parse, ("easypost",)),
            Format("ship-by-tiktok", "the marketplace's own scans, JSON", ship_by_tiktok.parse, ("standard-webhooks",)),
            Format("x12-214", "ANSI X12 214 shipment status, EDI", x12_214.parse, ("bearer", "hmac-sha256")),
        )
    }
)

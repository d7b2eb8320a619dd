"""Every feed format by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from carrier_adapter.formats import (
    easypost_event,
    edifact_iftsta,
    epcis_2_json,
    lazada_push,
    ninjavan_webhook,
    ship_by_tiktok,
    shopee_push,
    tiktok_shop_webhook,
    x12_214,
)
from carrier_adapter.formats.format import Format
from carrier_adapter.mapping.loading import built_in

#: Formats that a mapping file cannot say, in the order they are listed to people.
_IN_CODE: Final = (
    ninjavan_webhook.FORMAT,
    easypost_event.FORMAT,
    ship_by_tiktok.FORMAT,
    x12_214.FORMAT,
    edifact_iftsta.FORMAT,
    epcis_2_json.FORMAT,
    tiktok_shop_webhook.FORMAT,
    lazada_push.FORMAT,
    shopee_push.FORMAT,
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({one.name: one for one in (*_IN_CODE, *built_in())})

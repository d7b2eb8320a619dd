"""A scan's time, as its mapping says that it is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from carrier_adapter.formats.instants import BadInstant, local_instant
from carrier_adapter.mapping.layouts import Layout, normal_offset
from contracts.vocabulary import TimeQuality

_ZONES: Final = frozenset(zone for zone in available_timezones() if "/" in zone)
_WITH_OFFSET: Final = (TimeQuality.UTC, TimeQuality.OFFSET)


def read_as(
    text: str,
    layouts: tuple[Layout, ...],
    zone: ZoneInfo,
    offset: str | None = None,
    *,
    trust_offset: bool = True,
    zones: Mapping[str, ZoneInfo] | None = None,
) -> tuple[datetime, TimeQuality]:
    """Read *text* by the first of *layouts* that fits. Raises `BadInstant`.

    *zone* is for times without an offset; *offset* is one that stands in a field of its own, or an IANA zone's name;
    *zones* says what the letters that %Z reads stand for.
    """
    for layout in layouts:
        try:
            found = layout.read(text, zone)
        except BadInstant:
            continue
        moment, quality = found.moment, found.quality
        if layout.counts_from_1970:
            return moment, quality
        if not trust_offset and quality in _WITH_OFFSET:
            moment, quality = moment.replace(tzinfo=zone), TimeQuality.NAIVE_LOCAL
        if quality in _WITH_OFFSET:
            return moment, quality
        if zones is not None and found.zone_letters is not None:
            moment = moment.replace(tzinfo=zones.get(found.zone_letters.casefold(), zone))
        if offset is not None:
            return _shifted(moment, quality, offset, zone)
        return moment, quality
    raise BadInstant("written in none of the layouts")


def _shifted(moment: datetime, quality: TimeQuality, offset: str, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Put a local time where *offset*, an offset or a zone's name, says."""
    if offset in _ZONES:
        return moment.replace(tzinfo=ZoneInfo(offset)), quality
    if quality is TimeQuality.DATE_ONLY:
        return moment, quality
    parts = (moment.hour, moment.minute, moment.second, moment.microsecond)
    return local_instant(moment.year, moment.month, moment.day, *parts, normal_offset(offset), zone)

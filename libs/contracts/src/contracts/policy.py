"""What a shop's policy sets: every number of the rules, with the default that RULES gives it."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field

from contracts.event import Contract

_FRIDAY: Final = 4


class Policy(Contract):
    """One version of a shop's rules. An order keeps the version that was in force when it was placed.

    Days are exactly 24 hours unless `business_days` is set; then they are Monday to Friday in `zone`.
    """

    version: int = 1
    zone: str = "UTC"  #: IANA name of the shop's time zone; only the daily reminder (D6) lives in it.
    business_days: bool = False

    ship_by_hours: int = Field(120, gt=0, le=8760)  #: D1, from placement.
    mark_shipped_hours: int = Field(48, gt=0, le=8760)  #: D2, from the collection scan.
    auto_cancel_days: int = Field(15, gt=0, le=365)  #: D5, from placement.
    auto_cancel_after_shipped_days: int = Field(3, ge=0, le=365)  #: D5, never earlier than this after Shipped.
    acknowledgment_days: int = Field(12, gt=0, le=365)  #: D4, from placement.
    acknowledgment_after_shipped_days: int = Field(3, ge=0, le=365)  #: D4, never earlier than this after Shipped.
    delivery_period_hours: int = Field(144, gt=0, le=8760)  #: D3, Ship by TikTok, from the collection scan.
    delivery_period_hours_by_service: dict[str, int] = {}  #: D3, where a service has a period of its own.
    reminder_at: time = time(9, 0)  #: D6, local time of the shop.
    delay_grace_hours: int = Field(72, ge=0, le=8760)  #: D7, Ship by TikTok.
    abnormal_grace_hours: int = Field(24, ge=0, le=8760)  #: D9.
    signature_hours: int = Field(72, ge=0, le=8760)  #: D10.
    return_parcel_days: int = Field(14, gt=0, le=365)  #: D8, from approval.
    way_back_days: int = Field(14, gt=0, le=365)  #: D11.
    cancellation_answer_hours: int = Field(24, gt=0, le=8760)  #: D12, for a cancellation that was asked for.
    answer_hours: int = Field(48, gt=0, le=8760)  #: D12, for a refund or a return that was asked for.
    collection_hours: int = Field(48, gt=0, le=8760)  #: D13, from hand-over or from asking for pick-up.
    return_window_days: int = Field(30, ge=0, le=3650)  #: R12 and D14, from Delivered.

    modification_window_hours: int = Field(24, ge=0, le=8760)  #: R11, from placement.
    modification_until_shipped: bool = False  #: R11: may lines still change once the order is packed?
    seller_update_clears_auto_cancel: bool = True  #: R23: does a tracking update of the seller's clear D5, once?
    label_required: bool = False  #: R4: must a parcel have a label that was checked before it is handed over?

    attempts_before_lost: int = Field(2, gt=0, le=20)  #: R8.
    attempts_before_lost_by_carrier: dict[str, int] = {}  #: R8, where a carrier makes more. Keys are slugs.
    collection_marks_shipped: bool = False  #: R5: does the collection scan alone mark Shipped?
    abnormal_cancels_ship_by_seller: bool = True  #: R9: "may" cancel on loss and damage.
    unsigned_becomes_delivered: bool = True  #: D10: Delivered, marked unsigned, when no signature comes.

    def days_after(self, start: datetime, days: int) -> datetime:
        """Give the instant *days* after *start*: N x 24 h, or that many days from Monday to Friday in the zone."""
        if not self.business_days:
            return start + timedelta(days=days)
        local, left = start.astimezone(ZoneInfo(self.zone)), days
        while left:
            local += timedelta(days=1)
            left -= local.weekday() <= _FRIDAY
        return local.astimezone(start.tzinfo)

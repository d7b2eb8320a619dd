"""The page behind a tracking link: where an order is, in words its buyer understands."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.orders.v1 import Badge, ReturnStatus
from contracts.vocabulary import ScanStatus as S
from orders.api.buyer_views import tracking_view
from orders.life.order import Order

#: What a buyer reads for each scan.
PLACES: Final = {
    S.UNKNOWN: "The carrier knows nothing yet",
    S.PRE_TRANSIT: "Announced to the carrier",
    S.PICKED_UP: "Collected by the carrier",
    S.IN_TRANSIT: "On its way",
    S.OUT_FOR_DELIVERY: "Out for delivery",
    S.ATTEMPT_FAILED: "Could not be delivered",
    S.READY_FOR_PICKUP: "Ready for you to collect",
    S.DELIVERED: "Delivered",
    S.UNDELIVERABLE: "Cannot be delivered",
    S.RETURNING: "On its way back to the shop",
    S.RETURNED: "Back with the shop",
    S.LOST: "Lost",
    S.DESTROYED: "Destroyed on the way",
    S.CANCELLED: "Booking cancelled by the carrier",
    S.DELAYED: "Delayed",
    S.ON_HOLD: "On hold",
    S.DAMAGED: "Damaged",
    S.NOTE: "Note from the carrier",
}

BADGES: Final = {
    Badge.AWAITING_SIGNATURE: "Awaiting the recipient's signature",
    Badge.DELAYED: "Delayed",
    Badge.DAMAGED: "Damaged on the way",
    Badge.LOST: "We cannot find it",
}


RETURNS: Final = {
    ReturnStatus.REQUESTED: "waiting for the shop's answer",
    ReturnStatus.REFUSED: "refused",
    ReturnStatus.EXPECTED: "agreed, please send it",
    ReturnStatus.IN_TRANSIT: "on its way back",
    ReturnStatus.RECEIVED: "arrived",
    ReturnStatus.LAPSED: "ended, nothing was sent",
    ReturnStatus.LOST: "lost on its way back",
}


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A %-d %B")


def _moment(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A %-d %B, %H:%M")


_TEMPLATES = Environment(
    loader=PackageLoader("orders"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters |= {"day": _day, "moment": _moment}


def render_tracking(order: Order, zone: str) -> str:
    """Write the page of *order*, with times in *zone* (the buyer's)."""
    page = _TEMPLATES.get_template("tracking.html")
    return page.render(order=tracking_view(order), places=PLACES, badges=BADGES, returns=RETURNS, zone=zone)


def render_unknown_link() -> str:
    """Write the page of a link that shows nothing; the same whether it never did, or no longer does."""
    return _TEMPLATES.get_template("unknown_link.html").render()

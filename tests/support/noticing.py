"""Notices of marketplaces, as `carrier-adapter` says them, for tests of who hears them. Hours count from placement."""

from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from contracts.marketplace.v1 import MarketplaceNoticed, NoticedPackage, NoticeMeaning, kind_of
from orders.life.order import Order
from orders.marketplace.heeding import Heeded, heed
from support.orders import PLACED_AT, Life, at

ACCOUNT, SELLER = "tiktok-shop", "7494049642642441621"


def noticed(meaning: str, hour: float = 1, **told: Any) -> MarketplaceNoticed:
    """Give a notice about order TT-1001; two with the same content are two tellings of one."""
    said = NoticeMeaning(meaning)
    identity = f"{ACCOUNT}:{meaning}/{hour}/{sorted(told.items(), key=str)}"
    fields: dict[str, Any] = {
        "event_id": uuid5(NAMESPACE_OID, f"event {identity}"),
        "occurred_at": PLACED_AT,
        "notice_id": uuid5(NAMESPACE_OID, identity),
        "push_id": uuid5(NAMESPACE_OID, f"push {identity}"),
        "account": ACCOUNT,
        "marketplace": "tiktok-shop",
        "seller": SELLER,
        "identity": identity,
        "kind": kind_of(said),
        "meaning": said,
        "raw_status": meaning.upper(),
        "order_numbers": ["TT-1001"],
        "happened_at": at(hour),
        "received_at": at(hour) + timedelta(seconds=2),
    }
    return MarketplaceNoticed(**{**fields, **told})


def packaged(meaning: str, *packages: list[str], hour: float = 1) -> MarketplaceNoticed:
    """Give a notice that orders are in these packages, each a list of order numbers."""
    listed = [NoticedPackage(id=f"P{n}", order_numbers=numbers) for n, numbers in enumerate(packages, start=1)]
    numbers = list(dict.fromkeys(number for one in packages for number in one))
    return noticed(meaning, hour, packages=listed, order_numbers=numbers)


class Heard:
    """An order that hears a marketplace, one notice after the other."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.earlier: list[MarketplaceNoticed] = []

    @property
    def order(self) -> Order:
        """The order as it is."""
        return self.life.order

    def hear(self, notice: MarketplaceNoticed, hour: float | None = None) -> Heeded:
        """Heed a notice, at the hour that it tells of unless another is told; it is kept with the earlier ones."""
        now = notice.received_at if hour is None else at(hour)
        heeded = heed(self.life.order, notice, self.earlier, now)
        for _, outcome in heeded.changes:
            self.life.take(outcome)
        self.earlier.append(notice)
        return heeded

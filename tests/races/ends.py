"""How a race may end, by the rules: for each pair, variant and winner there is one legal end."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Final

from orders.life.order import Order

REFUSED, INCOMPLETE, DONE = 409, 422, 200

#: Happenings that a race can bring; each is told as often as the end says, and never otherwise.
WATCHED: Final = frozenset(
    {
        *("processed", "shipped", "delivered", "cancelled", "collected", "change_applied", "change_refused"),
        *("scanned_after_cancellation", "delivered_after_cancellation", "cancellation_requested"),
    }
)

AS_ORDERED: Final = {"MUG-BLUE": 2, "TEA": 1}
ONE_LESS: Final = {"MUG-BLUE": 1, "TEA": 1}
ALL_PAID: Final = ("cancelled", "32.00", "due")  #: Nothing was sent: all that was paid is due at once (R13).
ONE_MUG: Final = ("modified", "12.50", "due")  #: What was paid for what is not ordered any more.


@dataclass(frozen=True)
class End:
    """What is so once a race is over. Steps and answers come in the pair's order, not in the winner's."""

    status: str
    answers: tuple[int | None, int | None] = (None, None)  #: HTTP statuses; None for what nobody is answered.
    told: frozenset[str] = frozenset()  #: Happenings, once each.
    refunds: tuple[tuple[str, str, str], ...] = ()  #: Cause, amount, state.
    lines: tuple[tuple[str, int], ...] = tuple(AS_ORDERED.items())
    stock: str = "reserved"
    dropped: bool = False  #: The deadline was dropped, with a record of why.

    def differences(self, other: "End") -> str:
        """Say where this end is not as *other*."""
        mine, theirs = asdict(self), asdict(other)
        return "; ".join(f"{name}: {mine[name]}, must be {theirs[name]}" for name in mine if mine[name] != theirs[name])


def _end(status: str, first: int | None, second: int | None, *told: str, **more: Any) -> End:
    return End(status, (first, second), frozenset(told), **more)


def _changed(status: str, first: int, second: int, *told: str) -> End:
    """R11: the change is applied, whenever it came; what was packed is not what is ordered any more."""
    return _end(
        status,
        first,
        second,
        "change_applied",
        *told,
        refunds=(ONE_MUG,),
        lines=tuple(ONE_LESS.items()),
    )


#: By pair, variant and who came first. RULES: deadlines D5; races; R2, R3, R11, R13, R25.
LEGAL: Final[dict[tuple[str, str, str], End]] = {
    # A physical scan clears D5; after an automatic cancellation that stands, the seller hears of it.
    ("scan, auto-cancel", "in_transit", "scan"): _end(
        "shipped", None, None, "shipped", stock="dispatched", dropped=True
    ),
    ("scan, auto-cancel", "delivered", "scan"): _end(
        "delivered", None, None, "delivered", stock="dispatched", dropped=True
    ),
    ("scan, auto-cancel", "picked_up", "scan"): _end(
        "placed", None, None, "collected", stock="dispatched", dropped=True
    ),
    ("scan, auto-cancel", "in_transit", "auto-cancel"): _end(
        *("cancelled", None, None, "cancelled", "scanned_after_cancellation"), refunds=(ALL_PAID,), stock="dispatched"
    ),
    ("scan, auto-cancel", "delivered", "auto-cancel"): _end(
        *("cancelled", None, None, "cancelled", "delivered_after_cancellation"), refunds=(ALL_PAID,), stock="dispatched"
    ),
    ("scan, auto-cancel", "picked_up", "auto-cancel"): _end(
        *("cancelled", None, None, "cancelled", "scanned_after_cancellation"), refunds=(ALL_PAID,), stock="dispatched"
    ),
    # The seller cancels until Shipped (R25); nothing that is cancelled is shipped.
    ("ship, cancel", "by the seller", "ship"): _end("shipped", DONE, REFUSED, "shipped", stock="dispatched"),
    ("ship, cancel", "by the seller", "cancel"): _end(
        "cancelled", REFUSED, DONE, "cancelled", refunds=(ALL_PAID,), stock="released"
    ),
    # What is packed is what is ordered (R3); lines change before Processed, or until Shipped by policy (R11).
    ("modify, pack", "as ordered first", "modify"): _changed("confirmed", DONE, INCOMPLETE),
    ("modify, pack", "as ordered first", "pack"): _end("processed", REFUSED, DONE, "processed"),
    ("modify, pack", "as changed", "modify"): _changed("processed", DONE, DONE, "processed"),
    ("modify, pack", "as changed", "pack"): _changed("confirmed", DONE, INCOMPLETE),
    ("modify, pack", "as ordered first, until shipped", "modify"): _changed("confirmed", DONE, INCOMPLETE),
    ("modify, pack", "as ordered first, until shipped", "pack"): _changed("confirmed", DONE, DONE, "processed"),
    ("modify, pack", "as changed, until shipped", "modify"): _changed("processed", DONE, DONE, "processed"),
    ("modify, pack", "as changed, until shipped", "pack"): _changed("confirmed", DONE, INCOMPLETE),
}


@dataclass(frozen=True)
class Raced:
    """An order after its race, with all that is known of it."""

    before: Order
    after: Order
    history: list[Any]  #: Rows, oldest first, since the order was placed.
    answers: tuple[int | None, int | None]
    stock: list[Any]  #: Its records, where its shop counts.


def assert_legal(raced: Raced, end: End) -> None:
    """Check what became of an order against the one end that is legal."""
    after = raced.after
    dropped = [row["cause"]["dropped"] for row in raced.history if "dropped" in row["cause"]]
    seen = replace(
        end,
        status=after.status.value,
        answers=raced.answers,
        refunds=tuple((one.cause, str(one.amount), one.state.value) for one in after.refunds),
        lines=tuple((line.sku, line.quantity) for line in after.lines),
        stock=" ".join({row["state"] for row in raced.stock}) or end.stock,
        dropped=bool(dropped),
    )
    assert seen == end, f"order {after.number} {seen.differences(end)}"
    assert all("first_physical_at" in why for why in dropped), dropped
    assert tuple(line for parcel in after.parcels for line in parcel.lines) == end.lines, after.parcels
    for row in raced.stock:
        quantity = dict(end.lines)[row["sku"]]
        assert (row["quantity"], row["held"]) == (quantity, quantity if end.stock == "reserved" else 0), dict(row)
    assert_unbroken(raced)


def assert_unbroken(raced: Raced) -> None:
    """Each step of a history starts where the one before it ended; versions go up by one, and none is left out."""
    rows = raced.history
    for before, after in pairwise(rows):
        assert after["before"] == before["after"], (dict(before), dict(after))
        assert after["version"] - before["version"] in (0, 1), (dict(before), dict(after))
    assert rows[-1]["after"] == raced.after.status, dict(rows[-1])
    assert raced.after.version - rows[-1]["version"] in (0, 1), dict(rows[-1])


def assert_told(told: Counter[str], end: End) -> None:
    """Whoever is to hear of it hears of it once."""
    seen = {name: n for name, n in told.items() if name in WATCHED}
    assert seen == dict.fromkeys(end.told, 1), f"told {seen}, must be {sorted(end.told)} once each"

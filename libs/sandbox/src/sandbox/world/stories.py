"""What can become of an order: small stories, each with what the rules make of it, written by hand from them.

Hours count from placement. Deadlines that come due in a story are given in hours too: the world's own arithmetic.
"""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does to an order at an hour."""

    hour: float
    what: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One order's life, and what must come of it."""

    name: str
    acts: tuple[Act, ...]
    status: str
    tiktok: bool = False
    drop_off: bool = False
    own_rules: bool = False  #: Placed with the shop that has a policy of its own.
    format: str = "ninjavan-webhook"
    badge: str | None = None
    cod: bool = False
    parcels: int = 1
    promised: float | None = None
    refunds: tuple[tuple[str, str], ...] = ()  #: (cause, state)
    dues: tuple[tuple[str, float], ...] = ()  #: (rule, hour): every deadline that is applied.
    told: tuple[str, ...] = ()  #: Facts that the buyer must be told of (beginnings of their names).
    told_seller: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()  #: Facts that nobody may be told of.

    @property
    def seen_at(self) -> float:
        """Give the hour at which the system first knows of a carrier that has the parcel; infinity if it never does."""
        hours = [math.inf]
        for act in self.acts:
            kinds = [kind for _, kind in act.details.get("pairs", ())] or [act.details.get("kind")]
            counts = not act.details.get("refused") and not act.details.get("quarantined")
            if counts and any(kind in PHYSICAL for kind in kinds):
                known = "confirm_carrier" if act.details.get("stranger") else "track"
                hours.append(max([act.hour, *(one.hour for one in self.acts if one.what == known)]))
        return min(hours)

    @property
    def over_at(self) -> float:
        """Give the hour at which the order is cancelled; infinity if it never is."""
        cancels = [act.hour for act in self.acts if act.what == "cancel" and not act.details.get("refused")]
        return min([*cancels, *(hour for rule, hour in self.dues if rule in ("D5", "D7", "D9")), math.inf])


#: Kinds of scans that prove that somebody has the parcel.
PHYSICAL = frozenset(
    {
        *("collected", "dropped", "moving", "out", "failed", "ready", "delivered", "signed"),
        *("returning", "returned", "damaged", "destroyed"),
    }
)


def fulfil(hour: float = 6) -> list[Act]:
    """The seller confirms, packs, labels, hands over and marks shipped."""
    return [Act(hour, "confirm"), Act(hour, "pack"), Act(hour, "track"), Act(hour, "handover"), Act(hour, "ship")]


def ready(hour: float = 6) -> list[Act]:
    """The seller does all that but marks nothing shipped."""
    return [Act(hour, "confirm"), Act(hour, "pack"), Act(hour, "track"), Act(hour, "handover")]


def scans(*pairs: tuple[float, str], **details: Any) -> list[Act]:
    """A carrier scans, and pushes at once."""
    return [Act(hour, "scan", {"kind": kind, **details}) for hour, kind in pairs]


def _story(name: str, acts: list[Act], status: str, **rest: Any) -> Story:
    return Story(name, tuple(acts), status, **rest)


HAPPY = ((12, "collected"), (24, "moving"), (48, "out"), (54, "delivered"))
SIGNED = ((12, "collected"), (24, "moving"), (48, "out"), (54, "signed"))
PAID_BACK = (("cancelled", "issued"),)
DELIVERED_TOLD = ("placed", "shipped", "p1:delivered")


#: An order that holds a number which others try for, until it is cancelled.
HOLDER = _story(
    "race: two orders claim one number, the first",
    [Act(0, "claim")],
    "cancelled",
    refunds=PAID_BACK,
    dues=(("D5", 360),),
    told=("cancelled",),
)


def seller_stories(form: str) -> list[Story]:
    """Stories of Ship by Seller that a carrier of any format can tell."""
    return [
        _story("R5 delivered", fulfil() + scans(*HAPPY), "delivered", format=form, told=DELIVERED_TOLD),
        _story(
            "R19 cash on delivery",
            fulfil() + scans(*HAPPY),
            "delivered",
            format=form,
            cod=True,
            told=("p1:delivered",),
            untold=("refund",),
        ),
        _story(
            "R5 shipped by a scan past collection",
            ready() + scans(*HAPPY),
            "delivered",
            format=form,
            told=DELIVERED_TOLD,
        ),
        _story(
            "D5 nobody was ever seen with it",
            fulfil(),
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told=("cancelled", "refund_issued"),
            told_seller=("cancelled",),
        ),
        _story(
            "D5 cash on delivery",
            fulfil(),
            "cancelled",
            format=form,
            cod=True,
            dues=(("D5", 360),),
            told=("cancelled",),
            untold=("refund",),
        ),
        _story(
            "race: scanned before D5, pushed after",
            [*fulfil(), Act(366, "scan", {"kind": "moving", "at": 350})],
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told=("cancelled",),
            told_seller=("p1:scanned_after_cancellation",),
        ),
        _story(
            "race: delivered after cancellation",
            fulfil() + scans((372, "delivered")),
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told_seller=("p1:delivered_after_cancellation",),
            untold=("p1:delivered:", "p1:corrected"),
        ),
        _story(
            "D4 lost, D9 cancelled",
            [*fulfil(), *scans((12, "collected"), (24, "moving")), Act(330, "ask_refund"), Act(336, "approve_refund")],
            "cancelled",
            format=form,
            refunds=(("request", "issued"),),
            dues=(("D4", 288), ("D9", 312)),
            told=("p1:lost", "cancelled", "refund_issued"),
            told_seller=("p1:lost",),
        ),
        _story(
            "race: delivered after Lost",
            fulfil() + scans((12, "collected"), (24, "moving"), (306, "delivered")),
            "delivered",
            format=form,
            dues=(("D4", 288),),
            told=("p1:lost", "p1:corrected", "p1:delivered"),
        ),
        _story(
            "R8 two failed attempts",
            fulfil() + scans((12, "collected"), (48, "out"), (54, "failed"), (72, "out"), (78, "failed")),
            "cancelled",
            format=form,
            dues=(("D9", 102),),
            told=("p1:attempt:1", "p1:lost", "cancelled"),
        ),
        _story(
            "R8 an attempt, then delivered",
            fulfil() + scans((12, "collected"), (48, "out"), (54, "failed"), (72, "out"), (78, "delivered")),
            "delivered",
            format=form,
            told=("p1:attempt:1", "p1:delivered"),
            untold=("p1:lost",),
        ),
        _story(
            "D3 promised, late, delivered",
            fulfil() + scans((12, "collected"), (24, "moving"), (150, "delivered")),
            "delivered",
            format=form,
            promised=96,
            dues=(("D3", 96),),
            told=("p1:delayed", "p1:delivered"),
        ),
        _story(
            "race: everything out of order and twice",
            [*fulfil(), Act(60, "backlog", {"pairs": HAPPY})],
            "delivered",
            format=form,
            told=("p1:delivered",),
            untold=("p1:out_for_delivery",),
        ),
        _story(
            "race: an unknown number, then claimed",
            [
                *(Act(6, "confirm"), Act(6, "pack")),
                *scans((12, "collected"), (24, "moving")),
                *(Act(30, "track"), Act(30, "handover")),
                *scans((48, "out"), (54, "delivered")),
            ],
            "delivered",
            format=form,
            told=("shipped", "p1:delivered"),
        ),
        _story(
            "race: a recycled number",
            [*fulfil(), Act(12, "scan", {"kind": "delivered", "at": -400, "refused": True}), *scans(*HAPPY)],
            "delivered",
            format=form,
            told=("p1:delivered",),
        ),
        _story(
            "R6 mix-up, confirmed",
            [
                *fulfil(),
                *scans((12, "collected"), (24, "moving"), stranger=True),
                Act(48, "confirm_carrier"),
                *scans((54, "out"), (60, "delivered"), stranger=True),
            ],
            "delivered",
            format=form,
            told=("p1:delivered",),
            told_seller=("p1:mix_up",),
        ),
        _story(
            "R6 mix-up, never confirmed",
            fulfil() + scans((12, "collected"), (24, "moving"), stranger=True, refused=True),
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told=("cancelled",),
            told_seller=("p1:mix_up",),
        ),
        _story(
            "R25 the buyer cancels in time",
            [Act(6, "confirm"), Act(12, "cancel", {"by": "buyer"})],
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            told=("cancelled", "refund_issued"),
            told_seller=("cancelled",),
        ),
        _story(
            "R25 the seller cancels before shipping",
            [Act(6, "confirm"), Act(6, "pack"), Act(12, "cancel", {"by": "seller"})],
            "cancelled",
            format=form,
            refunds=PAID_BACK,
            told=("cancelled",),
        ),
        _story(
            "R25 too late to cancel",
            [*fulfil(), Act(30, "cancel", {"by": "buyer", "refused": True}), *scans(*HAPPY)],
            "delivered",
            format=form,
            told=("p1:delivered",),
        ),
        _story(
            "R9 one parcel of two is lost",
            [
                *fulfil(),
                *scans(*HAPPY),
                *scans((12, "collected"), (48, "out"), (54, "failed"), (72, "out"), (78, "failed"), parcel=2),
            ],
            "delivered",
            format=form,
            parcels=2,
            dues=(("D9", 102),),
            told=("p1:delivered", "p2:lost", "p2:closed"),
        ),
        _story(
            "two parcels delivered",
            fulfil()
            + scans(*HAPPY)
            + scans((12, "collected"), (30, "moving"), (72, "out"), (78, "delivered"), parcel=2),
            "delivered",
            format=form,
            parcels=2,
            told=("p1:delivered", "p2:delivered"),
        ),
        _story(
            "race: two orders claim one number, the second",
            [Act(6, "confirm"), Act(6, "pack"), Act(6, "steal"), Act(6, "track"), Act(6, "handover"), *scans(*HAPPY)],
            "delivered",
            format=form,
            told=("p1:delivered",),
        ),
        _story(
            "race: a time in the future",
            [*fulfil(), Act(12, "scan", {"kind": "collected", "at": 15}), *scans(*HAPPY[1:])],
            "delivered",
            format=form,
            told=("p1:delivered",),
        ),
    ]


def particular_stories() -> list[Story]:
    """Stories that only some formats can tell."""
    tiktok = {"tiktok": True, "format": "ship-by-tiktok"}
    first = ((12, "collected"), (24, "moving"))
    return [
        _story(
            "R7 signed for",
            ready() + scans(*SIGNED),
            "delivered",
            told=DELIVERED_TOLD,
            told_seller=("p1:collected",),
            **tiktok,
        ),
        _story(
            "R7 the proof comes later",
            ready() + scans(*first, (48, "out"), (54, "delivered"), (78, "proof")),
            "delivered",
            told=("p1:delivered",),
            told_seller=("p1:awaiting_signature",),
            **tiktok,
        ),
        _story(
            "D10 no proof ever comes",
            ready() + scans(*first, (48, "out"), (54, "delivered")),
            "delivered",
            dues=(("D10", 126),),
            told=("p1:delivered",),
            told_seller=("p1:awaiting_signature", "p1:signature_missing"),
            **tiktok,
        ),
        _story(
            "D3 delayed, then delivered",
            ready() + scans(*first, (180, "signed")),
            "delivered",
            dues=(("D3", 156),),
            told=("p1:delayed", "p1:delivered"),
            told_seller=("p1:delayed",),
            **tiktok,
        ),
        _story(
            "D3 delayed, D7 cancelled",
            ready() + scans(*first),
            "cancelled",
            dues=(("D3", 156), ("D7", 228)),
            told=("p1:delayed", "cancelled"),
            **tiktok,
        ),
        _story(
            "R9 destroyed",
            ready() + scans(*first, (48, "destroyed")),
            "cancelled",
            dues=(("D9", 72),),
            told=("p1:lost", "cancelled"),
            **tiktok,
        ),
        _story(
            "R9 the carrier says lost, then finds it",
            ready() + scans(*first, (48, "lost"), (66, "moving"), (72, "out"), (78, "signed")),
            "delivered",
            told=("p1:lost", "p1:corrected", "p1:delivered"),
            **tiktok,
        ),
        _story(
            "R9 a carrier's cancellation changes nothing",
            ready() + scans((12, "cancelled"), (18, "collected"), (24, "moving"), (48, "out"), (54, "signed")),
            "delivered",
            told=("p1:delivered",),
            told_seller=("p1:carrier_cancelled",),
            **tiktok,
        ),
        _story(
            "R9 a carrier's delay is a badge until it moves",
            ready() + scans(*first, (30, "delayed"), (48, "out"), (54, "signed")),
            "delivered",
            told=("p1:delivered",),
            untold=("p1:delayed",),
            **tiktok,
        ),
        _story(
            "race: a corrected time",
            [
                *ready(),
                *scans(*first),
                Act(30, "correct", {"kind": "moving", "was": 24, "at": 20}),
                *scans(*SIGNED[2:]),
            ],
            "delivered",
            told=("p1:delivered",),
            **tiktok,
        ),
        _story(
            "D5 Ship by TikTok",
            ready(),
            "cancelled",
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told=("cancelled",),
            **tiktok,
        ),
        _story(
            "R5 dropped off",
            ready() + scans((12, "dropped"), *SIGNED[1:]),
            "delivered",
            drop_off=True,
            told=DELIVERED_TOLD,
            untold=("p1:collected",),
            **tiktok,
        ),
        _story(
            "race: accepted just before D5 was due",
            [*ready(), Act(360, "dash", {"kind": "collected", "at": 353}), *scans((366, "moving"), (372, "signed"))],
            "delivered",
            told=("p1:delivered",),
            untold=("cancelled",),
            **tiktok,
        ),
        _story(
            "R12 refused and brought back",
            ready() + scans(*first, (48, "out"), (60, "returning"), (96, "returned")),
            "returned",
            refunds=(("returned", "issued"),),
            told=("refund_issued",),
            untold=("p1:delivered", "p1:lost"),
            **tiktok,
        ),
        _story(
            "R12 brought back by a 3PL",
            fulfil() + scans(*first, (48, "out"), (60, "returning"), (96, "returned")),
            "returned",
            refunds=(("returned", "issued"),),
            format="ninjavan-webhook",
        ),
        _story(
            "R8 one attempt, told by carrier and aggregator",
            [
                *fulfil(),
                *scans((12, "collected"), (48, "out"), (54, "failed")),
                Act(54, "scan", {"kind": "failed", "aggregator": True, "at": 54.05}),
                *scans((72, "out"), (78, "delivered")),
            ],
            "delivered",
            told=("p1:attempt:1", "p1:delivered"),
            untold=("p1:attempt:2", "p1:lost"),
        ),
        *(
            _story(
                "R9 damaged",
                fulfil() + scans(*first, (48, "damaged")),
                "cancelled",
                format=form,
                dues=(("D9", 72),),
                told=("p1:damaged", "cancelled"),
                told_seller=("p1:damaged",),
            )
            for form in ("easypost-event", "x12-214")
        ),
        *(
            _story(
                "R9 damaged, and delivered all the same",
                fulfil() + scans(*first, (48, "damaged"), (54, "out"), (60, "delivered")),
                "delivered",
                format=form,
                badge="damaged",
                told=("p1:damaged", "p1:delivered"),
            )
            for form in ("easypost-event", "x12-214")
        ),
        _story(
            "R5 delivered, the whole list each time",
            [*fulfil(), *(Act(HAPPY[n][0], "list", {"pairs": HAPPY[: n + 1]}) for n in range(len(HAPPY)))],
            "delivered",
            format="easypost-event",
            told=DELIVERED_TOLD,
        ),
        _story(
            "R13 paid at the door, then brought back",
            [*fulfil(), *scans(*HAPPY), Act(60, "collect"), *scans((72, "returning"), (96, "returned"))],
            "returned",
            cod=True,
            refunds=(("returned", "issued"),),
            told=("p1:delivered", "refund_issued"),
        ),
        _story(
            "R5 the shop's policy: collection marks Shipped",
            [*ready(), *scans((12, "collected"))],
            "shipped",
            own_rules=True,
            badge="lost",
            dues=(("D4", 288), ("D9", 312)),
            told=("shipped", "p1:lost"),
        ),
        _story(
            "R8 the shop's policy: three attempts",
            fulfil()
            + scans((12, "collected"), (48, "out"), (54, "failed"), (72, "out"), (78, "failed"))
            + scans((96, "out"), (102, "delivered")),
            "delivered",
            own_rules=True,
            told=("p1:attempt:2", "p1:delivered"),
            untold=("p1:lost",),
        ),
        _story(
            "an unmapped code among good scans",
            [*fulfil(), *scans(*HAPPY), Act(30, "scan", {"kind": "unmapped", "quarantined": True})],
            "delivered",
            told=("p1:delivered",),
        ),
    ]


def all_stories() -> list[Story]:
    """Give every story there is."""
    formats = ("ninjavan-webhook", "easypost-event", "x12-214")
    return [story for form in formats for story in seller_stories(form)] + particular_stories()

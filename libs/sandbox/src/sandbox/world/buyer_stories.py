"""Stories of buyers who change their minds, send things back or complain; by the rules, by hand."""

from sandbox.world.stories import (
    DELIVERED_TOLD,
    HAPPY,
    PAID_BACK,
    Act,
    Story,
    fulfil,
    labelled,
    ready,
    scans,
    story,
)

SENT_BACK = (("returned", "issued"),)


def buyer_stories() -> list[Story]:
    """Stories in which buyers act for themselves, and sellers answer."""
    return [*_changes(), *_cancellations(), *_returns(), *_complaints(), *_parcels()]


def _changes() -> list[Story]:
    return [
        story(
            "R10 the buyer moves, the label is void",
            [
                *(Act(6, "confirm"), Act(6, "pack"), Act(6, "track"), Act(6, "label")),
                *(Act(18, "buyer_address"), Act(24, "label"), Act(24, "handover"), Act(24, "ship")),
                *scans((30, "collected"), (36, "moving"), (54, "delivered")),
            ],
            "delivered",
            told=("change_applied", "p1:delivered"),
            told_seller=("change_applied",),
        ),
        story(
            "R10 too late to move",
            [*fulfil(), *scans(*HAPPY[:2]), Act(30, "buyer_address", {"refused": True}), *scans(*HAPPY[2:])],
            "delivered",
            told=("p1:delivered",),
            untold=("change_applied",),
        ),
        story(
            "R11 the buyer wants one less",
            [Act(6, "confirm"), Act(18, "buyer_less"), *fulfil(24)[1:], *scans((30, "collected"), (54, "delivered"))],
            "delivered",
            extra=1,
            refunds=(("modified", "issued"),),
            told=("change_applied", "refund_issued", "p1:delivered"),
            told_seller=("change_applied",),
        ),
        story(
            "R11 a wish, granted",
            [
                *(Act(6, "confirm"), Act(18, "buyer_wish"), Act(22, "grant_wish")),
                *fulfil(24)[1:],
                *scans((30, "collected"), (54, "delivered")),
            ],
            "delivered",
            told=("change_applied", "p1:delivered"),
            told_seller=("change_requested",),
        ),
        story(
            "R11 a wish that packing overtook",
            [Act(6, "confirm"), Act(18, "buyer_wish"), *fulfil(24)[1:], *scans((30, "collected"), (54, "delivered"))],
            "delivered",
            told=("change_refused", "p1:delivered"),
        ),
    ]


def _cancellations() -> list[Story]:
    return [
        story(
            "R25 the buyer cancels by the link",
            [Act(6, "confirm"), Act(18, "buyer_cancel")],
            "cancelled",
            refunds=PAID_BACK,
            told=("cancelled", "refund_issued"),
            told_seller=("cancelled",),
        ),
        story(
            "R25 asked for after packing, refused",
            [
                *(Act(6, "confirm"), Act(6, "pack"), Act(18, "buyer_cancel"), Act(24, "refuse_request")),
                *(Act(30, "track"), Act(30, "handover"), Act(30, "ship")),
                *scans((36, "collected"), (42, "moving"), (54, "delivered")),
            ],
            "delivered",
            told=("cancellation_requested", "cancellation_refused", "p1:delivered"),
            told_seller=("cancellation_requested",),
        ),
        story(
            "D12 asked for after packing, unanswered",
            [Act(6, "confirm"), Act(6, "pack"), Act(18, "buyer_cancel")],
            "cancelled",
            refunds=PAID_BACK,
            dues=(("D12", 42),),
            told=("cancellation_requested", "cancelled"),
            told_seller=("cancellation_requested",),
        ),
    ]


def _returns() -> list[Story]:
    asked = [*fulfil(), *scans(*HAPPY), Act(78, "buyer_return")]
    return [
        story(
            "R12 sent back, and refunded",
            [
                *(*asked, Act(84, "approve_return"), Act(90, "send_return")),
                *scans((96, "collected"), (102, "moving"), (120, "delivered"), parcel=2),
                Act(126, "check_in"),
            ],
            "returned",
            refunds=SENT_BACK,
            told=("return_approved", "return_received", "refund_issued"),
            told_seller=("return_requested", "return_received"),
        ),
        story(
            "R12 a return refused",
            [*asked, Act(84, "refuse_return")],
            "delivered",
            told=("p1:delivered", "return_refused"),
            told_seller=("return_requested",),
        ),
        story(
            "D12 a return unanswered, D8 and never sent",
            asked,
            "delivered",
            dues=(("D12", 126), ("D8", 462)),
            told=("return_approved", "return_lapsed"),
            told_seller=("return_requested", "return_lapsed"),
            early=True,
        ),
        story(
            "D11 the way back leads nowhere",
            [*fulfil(), *scans(*HAPPY[:3], (60, "returning"))],
            "returned",
            own_rules=True,
            refunds=(("lost_in_return", "issued"),),
            dues=(("D11", 180), ("D12", 228)),
            told_seller=("p1:lost_in_return",),
        ),
    ]


def _complaints() -> list[Story]:
    never_came = [*fulfil(), *scans(*HAPPY), Act(78, "buyer_not_received"), Act(84, "answer_complaint")]
    return [
        story(
            "R14 not received, upheld, refunded",
            [*never_came, Act(90, "uphold"), Act(96, "buyer_refund"), Act(102, "approve_refund")],
            "delivered",
            refunds=(("request", "issued"),),
            told=(*DELIVERED_TOLD, "complaint_answered", "complaint_upheld", "refund_issued"),
            told_seller=("complaint_opened", "complaint_upheld", "refund_requested"),
        ),
        story(
            "R14 not received, not upheld",
            [*never_came, Act(90, "refuse_complaint")],
            "delivered",
            told=("complaint_refused",),
            told_seller=("complaint_opened", "complaint_refused"),
            untold=("refund",),
        ),
        story(
            "D14 the return window closes",
            [*fulfil(), *scans(*HAPPY)],
            "delivered",
            own_rules=True,
            dues=(("D14", 222),),
            told=DELIVERED_TOLD,
        ),
    ]


def _parcels() -> list[Story]:
    return [
        story(
            "R4 a label is refused, then right",
            [*labelled(wrong_first=True), *scans(*HAPPY)],
            "delivered",
            told=DELIVERED_TOLD,
        ),
        story(
            "one parcel split in two",
            [
                *(Act(6, "confirm"), Act(6, "split"), Act(6, "pack"), Act(6, "track"), Act(6, "handover")),
                *(Act(6, "ship"), *scans(*HAPPY)),
                *scans((12, "collected"), (30, "moving"), (72, "out"), (78, "delivered"), parcel=2),
            ],
            "delivered",
            parcels=2,
            together=True,
            told=("p1:delivered", "p2:delivered"),
        ),
        story(
            "R23 the seller says how it fares",
            [*fulfil(), Act(300, "update")],
            "shipped",
            told=("shipped",),
            untold=("cancelled",),
        ),
        story(
            "R2 the last one in stock",
            [*fulfil(), *scans(*HAPPY)],
            "delivered",
            scarce=True,
            told=DELIVERED_TOLD,
        ),
        story(
            "D13 nobody fetches it, D2 nobody marks it",
            [*ready(), *scans((72, "collected"), (138, "moving"), (150, "signed"))],
            "delivered",
            tiktok=True,
            format="ship-by-tiktok",
            told=("p1:delivered",),
            told_seller=("p1:collection_overdue", "mark_shipped_overdue", "ship_overdue"),
        ),
    ]


#: The order that finds nothing left of what the last one took (R2).
SOLD_OUT = story(
    "R2 sold out, so the seller cancels",
    [Act(6, "confirm", {"refused": True}), Act(12, "cancel", {"by": "seller"})],
    "cancelled",
    scarce=True,
    refunds=PAID_BACK,
    told=("cancelled",),
)

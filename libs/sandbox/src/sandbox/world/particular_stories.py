"""Stories that only some formats can tell: Ship by TikTok, aggregators, damage, the way back; by the rules, by hand."""

from sandbox.world.stories import DELIVERED_TOLD, HAPPY, PAID_BACK, SIGNED, Act, Story, fulfil, ready, scans, story


def particular_stories() -> list[Story]:
    """Stories that only some formats can tell."""
    tiktok = {"tiktok": True, "format": "ship-by-tiktok"}
    first = ((12, "collected"), (24, "moving"))
    return [
        story(
            "R7 signed for",
            ready() + scans(*SIGNED),
            "delivered",
            told=DELIVERED_TOLD,
            told_seller=("p1:collected",),
            **tiktok,
        ),
        story(
            "R7 the proof comes later",
            ready() + scans(*first, (48, "out"), (54, "delivered"), (78, "proof")),
            "delivered",
            told=("p1:delivered",),
            told_seller=("p1:awaiting_signature",),
            **tiktok,
        ),
        story(
            "R7 the buyer confirms receipt",
            [*ready(), *scans(*first, (48, "out"), (54, "delivered")), Act(60, "receive")],
            "delivered",
            told=("p1:delivered",),
            told_seller=("p1:awaiting_signature",),
            **tiktok,
        ),
        story(
            "D10 no proof ever comes",
            ready() + scans(*first, (48, "out"), (54, "delivered")),
            "delivered",
            dues=(("D10", 126),),
            told=("p1:delivered",),
            told_seller=("p1:awaiting_signature", "p1:signature_missing"),
            **tiktok,
        ),
        story(
            "D3 delayed, then delivered",
            ready() + scans(*first, (180, "signed")),
            "delivered",
            dues=(("D3", 156),),
            told=("p1:delayed", "p1:delivered"),
            told_seller=("p1:delayed",),
            **tiktok,
        ),
        story(
            "D3 delayed, D7 cancelled",
            ready() + scans(*first),
            "cancelled",
            dues=(("D3", 156), ("D7", 228)),
            told=("p1:delayed", "cancelled"),
            **tiktok,
        ),
        story(
            "R9 destroyed",
            ready() + scans(*first, (48, "destroyed")),
            "cancelled",
            dues=(("D9", 72),),
            told=("p1:lost", "cancelled"),
            **tiktok,
        ),
        story(
            "R9 the carrier says lost, then finds it",
            ready() + scans(*first, (48, "lost"), (66, "moving"), (72, "out"), (78, "signed")),
            "delivered",
            told=("p1:lost", "p1:corrected", "p1:delivered"),
            **tiktok,
        ),
        story(
            "R9 a carrier's cancellation changes nothing",
            ready() + scans((12, "cancelled"), (18, "collected"), (24, "moving"), (48, "out"), (54, "signed")),
            "delivered",
            told=("p1:delivered",),
            told_seller=("p1:carrier_cancelled",),
            **tiktok,
        ),
        story(
            "R9 a carrier's delay is a badge until it moves",
            ready() + scans(*first, (30, "delayed"), (48, "out"), (54, "signed")),
            "delivered",
            told=("p1:delivered",),
            untold=("p1:delayed",),
            **tiktok,
        ),
        story(
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
        story(
            "D5 Ship by TikTok",
            ready(),
            "cancelled",
            refunds=PAID_BACK,
            dues=(("D5", 360),),
            told=("cancelled",),
            **tiktok,
        ),
        story(
            "R5 dropped off",
            ready() + scans((12, "dropped"), *SIGNED[1:]),
            "delivered",
            drop_off=True,
            told=DELIVERED_TOLD,
            untold=("p1:collected",),
            **tiktok,
        ),
        story(
            "race: accepted just before D5 was due",
            [*ready(), Act(360, "dash", {"kind": "collected", "at": 353}), *scans((366, "moving"), (372, "signed"))],
            "delivered",
            told=("p1:delivered",),
            untold=("cancelled",),
            **tiktok,
        ),
        story(
            "R12 refused and brought back",
            ready() + scans(*first, (48, "out"), (60, "returning"), (96, "returned")),
            "returned",
            refunds=(("returned", "issued"),),
            told=("refund_issued",),
            untold=("p1:delivered", "p1:lost"),
            **tiktok,
        ),
        story(
            "R12 brought back by a 3PL",
            fulfil() + scans(*first, (48, "out"), (60, "returning"), (96, "returned")),
            "returned",
            refunds=(("returned", "issued"),),
            format="ninjavan-webhook",
        ),
        story(
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
            story(
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
            story(
                "R9 damaged, and delivered all the same",
                fulfil() + scans(*first, (48, "damaged"), (54, "out"), (60, "delivered")),
                "delivered",
                format=form,
                badge="damaged",
                told=("p1:damaged", "p1:delivered"),
            )
            for form in ("easypost-event", "x12-214")
        ),
        story(
            "R5 delivered, the whole list each time",
            [*fulfil(), *(Act(HAPPY[n][0], "list", {"pairs": HAPPY[: n + 1]}) for n in range(len(HAPPY)))],
            "delivered",
            format="easypost-event",
            told=DELIVERED_TOLD,
        ),
        story(
            "R13 paid at the door, then brought back",
            [*fulfil(), *scans(*HAPPY), Act(60, "collect"), *scans((72, "returning"), (96, "returned"))],
            "returned",
            cod=True,
            refunds=(("returned", "issued"),),
            told=("p1:delivered", "refund_issued"),
        ),
        story(
            "R5 the shop's policy: collection marks Shipped",
            [*ready(), *scans((12, "collected"))],
            "shipped",
            own_rules=True,
            badge="lost",
            dues=(("D4", 288), ("D9", 312)),
            told=("shipped", "p1:lost"),
        ),
        story(
            "R8 the shop's policy: three attempts",
            fulfil()
            + scans((12, "collected"), (48, "out"), (54, "failed"), (72, "out"), (78, "failed"))
            + scans((96, "out"), (102, "delivered")),
            "delivered",
            own_rules=True,
            dues=(("D14", 270),),
            told=("p1:attempt:2", "p1:delivered"),
            untold=("p1:lost",),
        ),
        story(
            "an unmapped code among good scans",
            [*fulfil(), *scans(*HAPPY), Act(30, "scan", {"kind": "unmapped", "quarantined": True})],
            "delivered",
            told=("p1:delivered",),
        ),
    ]

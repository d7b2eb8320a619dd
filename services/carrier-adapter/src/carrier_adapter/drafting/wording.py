"""What a carrier's words could mean: proposals for whoever writes a mapping, never a mapping themselves."""

import re
from typing import Final

#: The first that fits counts: what went wrong before what went on, the way back before the way out.
_PROPOSALS: Final = tuple(
    (re.compile(words, re.IGNORECASE), meaning)
    for words, meaning in (
        (r"\blost\b|missing|cannot be (located|found)", "lost.carrier_declared"),
        (r"destroy|dispos", "destroyed.disposed"),
        (r"damage", "damaged.in_transit"),
        (r"return(ed)?\b.*(complete|deliver|receiv|shipper|sender|seller)|\breturned\b", "returned.to_seller"),
        (r"\brto\b|\brts\b|return", "returning.other"),
        (r"cancel|void", "cancelled.other"),
        (r"customs.*(releas|clear)|clear.*customs", "in_transit.customs_released"),
        (r"customs.*(held|hold)", "on_hold.customs"),
        (r"customs", "in_transit.customs_started"),
        (r"refus|reject", "attempt_failed.refused"),
        (r"nobody|no one|not (at )?home|absent|not available", "attempt_failed.nobody_home"),
        (r"(wrong|bad|incorrect|incomplete|insufficient).*address|address.*(wrong|bad|incorrect|incomplete)",
         "attempt_failed.address_problem"),
        (r"undeliverable|unable to deliver", "undeliverable.other"),
        (r"attempt|unsuccessful|fail|not delivered|undelivered|non.?delivery", "attempt_failed.other"),
        (r"ready for (pick|collect)|available for (pick|collect)|awaiting collection", "ready_for_pickup.pickup_point"),
        (r"out.?for.?delivery|\bofd\b|with (the )?(driver|courier)|on vehicle|delivering", "out_for_delivery.loaded"),
        (r"safe place|doorstep|left (at|with|in)", "delivered.safe_place"),
        (r"delivered|\bpod\b|deliver(y)? complete|proof of delivery", "delivered.recipient"),
        (r"delay|resched|postpone", "delayed.carrier"),
        (r"hold|held|suspend", "on_hold.carrier"),
        (r"pick.?up (scheduled|requested|arranged)", "pre_transit.pickup_scheduled"),
        (r"pick(ed)?.?up|collected|received from (shipper|sender|seller)|accept", "picked_up.collected"),
        (r"depart|left facility|dispatch|outbound|outscan", "in_transit.departed_facility"),
        (r"arriv|inbound|inscan|received at", "in_transit.arrived_facility"),
        (r"process|sort", "in_transit.processed"),
        (r"transit|forward|moving|on the way|en route", "in_transit.moving"),
        (r"manifest|label|order (created|received|placed)|info(rmation)? received|booked|created|pre.?advi[cs]e",
         "pre_transit.info_received"),
    )
)  # fmt: skip


def proposal(*texts: str) -> str | None:
    """Give what a code and the text that came with it could mean; None where the words say nothing."""
    words = " ".join(re.sub(r"[_-]+", " ", text) for text in texts)
    return next((meaning for pattern, meaning in _PROPOSALS if pattern.search(words)), None)

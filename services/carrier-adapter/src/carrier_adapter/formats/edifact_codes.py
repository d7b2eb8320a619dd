"""The codes of an IFTSTA: a status by its number and by its words, as docs/feeds/edifact-iftsta.md lists them."""

from contracts.vocabulary import ScanStatus as S

Meaning = tuple[S, str] | None  #: None: a status that says too little of a parcel.

#: UN/CEFACT's transport statuses (element 9011, later 4405 with UN/ECE Recommendation 24), where every list gives
#: the number the same name. From 53 on they differ by one, so there only the name counts.
NUMBERS: dict[str, Meaning] = {
    "1": (S.IN_TRANSIT, "arrived_facility"),
    "2": (S.NOTE, "information"),
    "3": (S.DAMAGED, "in_transit"),
    "6": (S.PRE_TRANSIT, "info_received"),
    "7": (S.CANCELLED, "other"),
    "8": (S.IN_TRANSIT, "customs_released"),
    "9": (S.IN_TRANSIT, "customs_released"),
    "12": (S.IN_TRANSIT, "customs_released"),
    "13": (S.PICKED_UP, "collected"),
    "15": (S.IN_TRANSIT, "processed"),
    "16": (S.IN_TRANSIT, "moving"),
    "17": (S.ON_HOLD, "customs"),
    "18": (S.DAMAGED, "in_transit"),
    "20": (S.DELAYED, "other"),
    "21": (S.DELIVERED, "recipient"),
    "22": (S.DELIVERED, "recipient"),
    "23": (S.ATTEMPT_FAILED, "other"),
    "24": (S.IN_TRANSIT, "departed_facility"),
    "25": (S.DELAYED, "carrier"),
    "26": (S.IN_TRANSIT, "processed"),
    "27": (S.IN_TRANSIT, "departed_facility"),
    "28": (S.IN_TRANSIT, "processed"),
    "29": (S.IN_TRANSIT, "processed"),
    "31": (S.IN_TRANSIT, "moving"),
    "35": (S.IN_TRANSIT, "moving"),
    "38": (S.NOTE, "payment_received"),
    "40": (S.IN_TRANSIT, "arrived_facility"),
    "41": (S.IN_TRANSIT, "handed_over"),
    "42": (S.IN_TRANSIT, "handed_over"),
    "43": (S.IN_TRANSIT, "handed_over"),
    "44": (S.IN_TRANSIT, "forwarded"),
    "45": (S.NOTE, "buyer_notified_by_carrier"),
    "47": (S.IN_TRANSIT, "arrived_facility"),
    "48": (S.IN_TRANSIT, "processed"),
    "49": (S.LOST, "carrier_declared"),
    "50": (S.NOTE, "information"),
    "51": (S.DELAYED, "carrier"),
    "52": (S.DELAYED, "carrier"),
    "5": None,  # begun: what?
    "14": None,  # completed: what?
    "30": None,  # empty on inspection
    "36": None,  # not found
    "37": None,  # found
}

#: The names of UN/CEFACT's transport statuses, and words that carriers write beside codes of their own.
WORDS: dict[str, Meaning] = {
    "arrived": NUMBERS["1"],
    "arrived in defective condition": NUMBERS["3"],
    "booked": NUMBERS["6"],
    "booking cancelled": NUMBERS["7"],
    "cleared import restrictions": NUMBERS["8"],
    "cleared export restrictions": NUMBERS["9"],
    "cleared by customs": NUMBERS["12"],
    "collected": NUMBERS["13"],
    "consolidated": NUMBERS["15"],
    "crossed border": NUMBERS["16"],
    "customs refusal": NUMBERS["17"],
    "damaged": NUMBERS["18"],
    "delayed": NUMBERS["20"],
    "delivered": NUMBERS["21"],
    "delivery completed": NUMBERS["22"],
    "delivery not completed": NUMBERS["23"],
    "departed": NUMBERS["24"],
    "departure delay": NUMBERS["25"],
    "despatched": NUMBERS["27"],
    "discharged": NUMBERS["29"],
    "en route": NUMBERS["31"],
    "expedited to destination": NUMBERS["35"],
    "handover": NUMBERS["41"],
    "handover delivered": NUMBERS["42"],
    "handover received": NUMBERS["43"],
    "ill-routed consignment reforwarded": NUMBERS["44"],
    "informed consignee of arrival": NUMBERS["45"],
    "loaded": NUMBERS["48"],
    "lost": NUMBERS["49"],
    "mechanical breakdown": NUMBERS["52"],
    "no pick-up": (S.PRE_TRANSIT, "pickup_failed"),
    "not collected": (S.PRE_TRANSIT, "pickup_failed"),
    "not delivered": (S.ATTEMPT_FAILED, "other"),
    "off loaded": (S.IN_TRANSIT, "processed"),
    "package not ready": (S.PRE_TRANSIT, "pickup_failed"),
    "pre-informed": (S.PRE_TRANSIT, "info_received"),
    "put to refuse": (S.DESTROYED, "disposed"),
    "reconsigned": (S.IN_TRANSIT, "forwarded"),
    "reforwarding on request": (S.IN_TRANSIT, "forwarded"),
    "refused without reason given": (S.UNDELIVERABLE, "refused"),
    "reloaded": (S.IN_TRANSIT, "processed"),
    "returned as instructed": (S.RETURNED, "other"),
    "returned": (S.RETURNED, "other"),
    "sorted wrong route": (S.IN_TRANSIT, "missorted"),
    "stopped": (S.ON_HOLD, "other"),
    "transferred in": (S.IN_TRANSIT, "arrived_facility"),
    "transferred out": (S.IN_TRANSIT, "departed_facility"),
    "transhipment": (S.IN_TRANSIT, "processed"),
    "transit delay": (S.DELAYED, "carrier"),
    # Bring's.
    "arrived at a terminal": (S.IN_TRANSIT, "arrived_facility"),
    "arrived at post office": (S.READY_FOR_PICKUP, "pickup_point"),
    "attempted delivery": (S.ATTEMPT_FAILED, "other"),
    "loaded onto a distribution vehicle": (S.OUT_FOR_DELIVERY, "loaded"),
    "picked up": (S.PICKED_UP, "collected"),
    "reforwarded": (S.IN_TRANSIT, "forwarded"),
    # A container line's.
    "rail departed from in-transit location": (S.IN_TRANSIT, "departed_facility"),
    "received": None,  # by whom?
    "released": None,  # from what?
    "stored": None,
    "pick-up awaited": None,  # by the carrier, or by the consignee?
}

#: Why a delivery was not completed (element 9013, directories D.97A and later; earlier ones number reasons otherwise).
REASONS: dict[tuple[str, str], Meaning] = {
    ("23", "1"): (S.UNDELIVERABLE, "out_of_area"),
    ("23", "3"): (S.UNDELIVERABLE, "refused"),
    ("23", "7"): (S.ATTEMPT_FAILED, "business_closed"),
    ("23", "9"): (S.ATTEMPT_FAILED, "address_problem"),
}

LONGEST_WORDS = 35  #: Characters of element 4404 (9010): longer texts are cut there.

_BY_CUT_WORDS = {words[:LONGEST_WORDS].rstrip(): meaning for words, meaning in WORDS.items()}


def meaning_of_words(words: str) -> Meaning:
    """Say what a status's own words mean; case, and blanks between words, do not count."""
    return _BY_CUT_WORDS.get(" ".join(words.casefold().split())[:LONGEST_WORDS].rstrip())

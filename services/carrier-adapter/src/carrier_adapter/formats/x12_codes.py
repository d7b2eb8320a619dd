"""The codes of an X12 214: data elements 1650, 1651, 1652 and 623, as docs/feeds/x12-214.md lists them."""

from contracts.vocabulary import Fault
from contracts.vocabulary import ScanStatus as S

#: Element 1650, shipment status.
STATUSES: dict[str, tuple[S, str]] = {
    "A3": (S.RETURNED, "to_seller"),
    "A7": (S.UNDELIVERABLE, "refused"),
    "A9": (S.DAMAGED, "in_transit"),
    "AF": (S.IN_TRANSIT, "departed_facility"),
    "AG": (S.NOTE, "information"),
    "AH": (S.ATTEMPT_FAILED, "other"),
    "AI": (S.IN_TRANSIT, "forwarded"),
    "AJ": (S.OUT_FOR_DELIVERY, "loaded"),
    "AM": (S.IN_TRANSIT, "processed"),
    "AN": (S.IN_TRANSIT, "handed_over"),
    "AP": (S.ATTEMPT_FAILED, "other"),
    "AR": (S.IN_TRANSIT, "arrived_facility"),
    "AV": (S.IN_TRANSIT, "arrived_local_depot"),
    "B6": (S.NOTE, "information"),
    "BA": (S.IN_TRANSIT, "handed_over"),
    "BC": (S.ON_HOLD, "carrier"),
    "C1": (S.NOTE, "information"),
    "CA": (S.CANCELLED, "other"),
    "CB": (S.DELIVERED, "recipient"),
    "CD": (S.NOTE, "information"),
    "CL": (S.NOTE, "information"),
    "CP": (S.PICKED_UP, "collected"),
    "D1": (S.DELIVERED, "recipient"),
    "I1": (S.IN_TRANSIT, "arrived_facility"),
    "J1": (S.IN_TRANSIT, "handed_over"),
    "K1": (S.IN_TRANSIT, "customs_started"),
    "L1": (S.NOTE, "information"),
    "OA": (S.IN_TRANSIT, "departed_facility"),
    "OO": (S.PRE_TRANSIT, "info_received"),
    "P1": (S.IN_TRANSIT, "departed_facility"),
    "PA": (S.NOTE, "information"),
    "PR": (S.ON_HOLD, "customs"),
    "R1": (S.IN_TRANSIT, "handed_over"),
    "RL": (S.IN_TRANSIT, "departed_facility"),
    "S1": (S.IN_TRANSIT, "arrived_local_depot"),
    "SD": (S.DELAYED, "carrier"),
    "X1": (S.IN_TRANSIT, "arrived_local_depot"),
    "X2": (S.NOTE, "information"),
    "X3": (S.PRE_TRANSIT, "pickup_started"),
    "X4": (S.IN_TRANSIT, "arrived_facility"),
    "X5": (S.IN_TRANSIT, "arrived_local_depot"),
    "X6": (S.IN_TRANSIT, "moving"),
    "X8": (S.PRE_TRANSIT, "pickup_started"),
    "XB": (S.PRE_TRANSIT, "info_received"),
}

#: Element 1650 with its reason, 1651, where that says more; None is a contradiction, which nobody should guess at.
REASONS: dict[tuple[str, str], tuple[S, str] | None] = {
    **{
        (code, reason): meaning
        for code in ("AH", "AP")  # attempted delivery, delivery not completed
        for reason, meaning in {
            "A2": (S.ATTEMPT_FAILED, "address_problem"),  # incorrect address
            "A5": (S.ATTEMPT_FAILED, "address_problem"),  # unable to locate
            "A6": (S.ATTEMPT_FAILED, "address_problem"),  # address corrected, delivery attempted
            "AN": (S.ATTEMPT_FAILED, "business_closed"),  # holiday, closed
            "AQ": (S.ATTEMPT_FAILED, "nobody_home"),  # recipient unavailable
            "B1": (S.ATTEMPT_FAILED, "business_closed"),  # consignee closed
            "B4": (S.ATTEMPT_FAILED, "payment_unpaid"),  # held for payment
            "BS": (S.UNDELIVERABLE, "refused"),  # refused by customer: not an attempt (R8)
            "BT": (S.RETURNING, "other"),  # returned to shipper
            "C1": (S.READY_FOR_PICKUP, "depot"),  # waiting for customer pick-up
            "C4": (S.ATTEMPT_FAILED, "nobody_home"),  # customer vacation
            "C8": (S.ATTEMPT_FAILED, "payment_unpaid"),  # collect on delivery required
            "C9": (S.ATTEMPT_FAILED, "payment_unpaid"),  # cash not available from consignee
        }.items()
    },
    # Nobody came to the door, so these are no attempts either.
    ("AP", "AI"): (S.DELAYED, "carrier"),  # mechanical breakdown
    ("AP", "AO"): (S.DELAYED, "weather"),
    ("AP", "BH"): (S.DELAYED, "carrier"),  # insufficient time to complete delivery
    ("AV", "C1"): (S.READY_FOR_PICKUP, "depot"),
    ("D1", "BS"): None,  # delivered, and refused by customer
    ("D1", "BT"): None,  # delivered, and returned to shipper
    ("SD", "AO"): (S.DELAYED, "weather"),
    ("SD", "AU"): (S.DELAYED, "force_majeure"),  # civil event
    ("SD", "AR"): (S.DELAYED, "customs"),  # improper international paperwork
    ("SD", "AS"): (S.DELAYED, "customs"),  # customs documentation problems
    ("SD", "BD"): (S.DELAYED, "customs"),  # border clearance
    ("SD", "CA"): (S.DELAYED, "customs"),
}

#: Element 1651: whose doing it was, where the reason says so.
FAULTS: dict[str, Fault] = {
    "AG": Fault.BUYER,  # consignee related
    "AH": Fault.CARRIER,  # driver related
    "AI": Fault.CARRIER,  # mechanical breakdown
    "AJ": Fault.CARRIER,  # other carrier related
    "AM": Fault.SELLER,  # shipper related
    "AO": Fault.WEATHER,
    "AS": Fault.CUSTOMS,  # hold due to customs documentation problems
    "BF": Fault.CARRIER,  # carrier keying error
    "BH": Fault.CARRIER,  # insufficient time to complete delivery
    "CA": Fault.CUSTOMS,
    "D1": Fault.CARRIER,  # carrier dispatch error
}

#: Element 1652, appointment status, where AT7 has no 1650: it moves nothing.
APPOINTMENTS = frozenset({"AA", "AB", "AC", "ED", "EP", "LD", "LP", "X9", "XA"})

#: Element 623, time code: zones whose clocks change …
ZONES = {
    "AT": "America/Anchorage",
    "CT": "America/Chicago",
    "ET": "America/New_York",
    "HT": "America/Adak",
    "MT": "America/Denver",
    "NT": "America/St_Johns",
    "PT": "America/Los_Angeles",
    "TT": "America/Halifax",
}

#: … and fixed offsets from UTC in hours: 01 to 12 are ahead of it, 13 to 24 are behind.
OFFSETS: dict[str, float] = (
    {f"{ahead:02}": ahead for ahead in range(1, 13)}
    | {f"{number}": number - 25 for number in range(13, 25)}
    | {"25": -2.5, "26": -3.5, "27": 5.5, "28": 9.5, "29": 10.5}
    | {"AS": -9, "AD": -8, "CS": -6, "CD": -5, "ES": -5, "ED": -4, "GM": 0, "HS": -10, "HD": -9, "MS": -7, "MD": -6}
    | {"NS": -3.5, "ND": -2.5, "PS": -8, "PD": -7, "TS": -4, "TD": -3, "UT": 0}
)

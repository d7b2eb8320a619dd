"""Lazada's fulfilment statuses: Lazada Open Platform, "Fulfillment order update notification" (message type 14).

The page lists 48 names without a word about any: the right-hand side reads the names.
"""

from types import MappingProxyType
from typing import Final

from contracts.vocabulary import ScanStatus as S

_Meaning = tuple[S, str, int | None]


def _all(meaning: _Meaning, *codes: str) -> dict[str, _Meaning]:
    return dict.fromkeys(codes, meaning)


_INFO, _DOMESTIC, _CROSS_BORDER = "INFO_ST_", "INFO_ST_DOMESTIC_", "INFO_ST_CB_"

#: Status, sub-status, and the number of the failed attempt where the name says it.
FULFILMENT: Final[MappingProxyType[str, _Meaning]] = MappingProxyType(
    {
        **_all(
            (S.PRE_TRANSIT, "label_created", None),
            *("READY_TO_SHIP", "READY_TO_SHIP_PENDING", "TRANSIT_TO_SHIP"),
        ),
        f"{_INFO}REQUESTING_DRIVER": (S.PRE_TRANSIT, "pickup_requested", None),
        f"{_INFO}DRIVER_ASSIGNED": (S.PRE_TRANSIT, "pickup_scheduled", None),
        f"{_DOMESTIC}PICKUP_SIGN_IN_FAILURE": (S.PRE_TRANSIT, "pickup_failed", None),
        **_all(
            (S.PICKED_UP, "collected", None),
            f"{_DOMESTIC}PICKUP_SIGN_IN_SUCCESS",
            f"{_CROSS_BORDER}PICKUP_SUCCESS",
            f"{_CROSS_BORDER}PICKUP_IN_BAG_LEVEL",
        ),
        **_all(
            (S.PICKED_UP, "accepted", None),
            *(f"{_DOMESTIC}SC_SIGN_IN_SUCCESS", f"{_CROSS_BORDER}RECEIVED_IN_BAG_LEVEL"),
        ),
        **_all(
            (S.IN_TRANSIT, "arrived_facility", None),
            f"{_DOMESTIC}IB_SUCCESS_FIRST_MILE_HUB",
            f"{_DOMESTIC}IB_SUCCESS_IN_SORT_CENTER",
            f"{_CROSS_BORDER}IB_SUCCESS_IN_SORT_CENTER",
            f"{_DOMESTIC}PACKAGE_STATIONED_IN",
        ),
        **_all(
            (S.IN_TRANSIT, "departed_facility", None),
            f"{_DOMESTIC}OB_SUCCESS_FIRST_MILE_HUB",
            f"{_DOMESTIC}OB_SUCCESS_IN_SORT_CENTER",
            f"{_DOMESTIC}PACKAGE_STATIONED_OUT",
        ),
        **_all(
            (S.IN_TRANSIT, "handed_over", None),
            f"{_CROSS_BORDER}HANDOVER",
            f"{_CROSS_BORDER}HANDOVER_TO_LAST_MILE",
            f"{_CROSS_BORDER}RECEIVED_BY_LAST_MILE",
        ),
        f"{_CROSS_BORDER}UPLIFTED": (S.IN_TRANSIT, "departed_origin_country", None),
        f"{_CROSS_BORDER}LINEHAUL_ARRIVAL_SUCCESS": (S.IN_TRANSIT, "arrived_destination_country", None),
        f"{_CROSS_BORDER}CUSTOMS_CLEARANCE_SUCCESS": (S.IN_TRANSIT, "customs_released", None),
        f"{_DOMESTIC}LAST_MILE_3PL_SHIPPED_TO_STATION": (S.IN_TRANSIT, "arrived_pickup_point", None),
        # A pick-up that failed is no way back yet: the parcel waits at the station until a return is scanned.
        **_all(
            (S.READY_FOR_PICKUP, "pickup_point", None),
            f"{_DOMESTIC}LAST_MILE_CUSTOMER_STATION_INBOUND",
            f"{_DOMESTIC}LAST_MILE_STATION_CUSTOMER_FAILED_PICKUP",
        ),
        **_all((S.OUT_FOR_DELIVERY, "loaded", None), *(f"{_DOMESTIC}OUT_FOR_DELIVERY", f"{_DOMESTIC}REDELIVERY")),
        f"{_DOMESTIC}1ST_ATTEMPT_FAILED": (S.ATTEMPT_FAILED, "other", 1),
        f"{_DOMESTIC}REATTEMPTS_FAILED": (S.ATTEMPT_FAILED, "other", 2),
        **_all((S.UNDELIVERABLE, "attempts_exhausted", None), *(f"{_DOMESTIC}DELIVERY_FAILED", "DELIVER_FAILED")),
        "DELIVERED": (S.DELIVERED, "recipient", None),
        f"{_DOMESTIC}ON_HOLD": (S.ON_HOLD, "carrier", None),
        f"{_INFO}NEED_REVIEW": (S.ON_HOLD, "other", None),
        f"{_INFO}PACKAGE_INTERCEPTED": (S.ON_HOLD, "intercepted", None),
        **_all((S.RETURNING, "other", None), *(f"{_DOMESTIC}RETURN_AT_TRANSIT_HUB", "ON_THE_WAY_BACK_TO_SHIPPER")),
        f"{_DOMESTIC}BACK_TO_SHIPPER": (S.RETURNED, "to_seller", None),
        f"{_DOMESTIC}WAREHOUSE_RETURNED": (S.RETURNED, "to_warehouse", None),
        **_all(
            (S.ATTEMPT_FAILED, "other", None),
            f"{_DOMESTIC}PACKAGE_RETURNED_FAILED",
            f"{_DOMESTIC}PACKAGE_RETURN_ATTEMPT_FAILED",
            f"{_DOMESTIC}PACKAGE_RETURN_FAILED_PICKUP_PENDING",
        ),
        "LOST_BY_3PL": (S.LOST, "carrier_declared", None),
        "DAMAGE_BY_3PL": (S.DAMAGED, "in_transit", None),
        "PACKAGE_SCRAPPED": (S.DESTROYED, "disposed", None),
        "CANCELLED": (S.CANCELLED, "other", None),
    }
)

#: What fails on the way back is no attempt to deliver to the buyer (R8).
RETURN_LEG: Final = frozenset(
    {
        f"{_DOMESTIC}PACKAGE_RETURNED_FAILED",
        f"{_DOMESTIC}PACKAGE_RETURN_ATTEMPT_FAILED",
        f"{_DOMESTIC}PACKAGE_RETURN_FAILED_PICKUP_PENDING",
    }
)

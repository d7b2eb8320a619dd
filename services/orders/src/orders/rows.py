"""Between rows of the database and the values that decisions are made on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.orders.v1 import Fulfilment, Handover, OrderStatus, ParcelState, PaymentMethod
from contracts.policy import Policy
from contracts.scans.v1 import ScanReported
from contracts.vocabulary import Leg, ScanStatus, TimeQuality
from orders.case_rows import Cases, cases_of_rows
from orders.life.cases import Refund, RefundState
from orders.life.order import Line, Order
from orders.life.parcel import Binding, DerivedMark, Evidence, Mark, Parcel, ParcelStep

#: Looking a word up is several times faster than calling its class, and there are thousands in a batch.
_STATUSES = {status.value: status for status in ScanStatus}
_QUALITIES = {quality.value: quality for quality in TimeQuality}
_LEGS: dict[str | None, Leg | None] = {None: None} | {leg.value: leg for leg in Leg}


def evidence_of_row(row: Mapping[str, Any]) -> Evidence:
    """Read a kept record."""
    return Evidence(
        scan_id=row["scan_id"],
        identity=row["identity"],
        carrier=row["carrier"],
        status=_STATUSES[row["status"]],
        scanned_at=row["scanned_at"],
        received_at=row["received_at"],
        time_quality=_QUALITIES[row["time_quality"]],
        sub_status=row["sub_status"],
        leg=_LEGS[row["leg"]],
        signed=row["signed"],
        attempt_no=row["attempt_no"],
        raw_code=row["raw_code"],
        raw_text=row["raw_text"],
        place=row["place"],
        estimated_at=row["estimated_at"],
    )


def evidence_of_event(event: ScanReported) -> Evidence:
    """Read a record as the adapter reports it."""
    return Evidence(
        scan_id=event.scan_id,
        identity=event.identity,
        carrier=event.carrier,
        status=event.status,
        scanned_at=_utc(event.scanned_at),
        received_at=event.received_at,
        time_quality=event.time_quality,
        sub_status=event.sub_status,
        leg=event.leg,
        signed=event.signed,
        attempt_no=event.attempt_no,
        raw_code=event.raw_code,
        raw_text=event.raw_text,
        place=event.place,
        estimated_at=_utc(event.estimated_at),
    )


def _utc(instant: datetime | None) -> datetime | None:
    """Write an instant as the database gives it back: facts are compared as text."""
    return instant.astimezone(UTC) if instant else None


def binding_of_row(row: Mapping[str, Any]) -> Binding:
    """Read a tracking number of a parcel."""
    return Binding(
        row["carrier"],
        row["tracking_number"],
        row["valid_from"],
        row["valid_to"],
        row["account"],
        row["shared_with"],
    )


def assemble(
    orders: Iterable[Mapping[str, Any]],
    policies: Iterable[Mapping[str, Any]],
    parcels: Iterable[Mapping[str, Any]],
    bindings: Iterable[Mapping[str, Any]],
    evidence: Iterable[Mapping[str, Any]],
    refunds: Iterable[Mapping[str, Any]],
    cases: Iterable[Mapping[str, Any]],
) -> dict[UUID, Order]:
    """Put orders together from the rows of seven queries."""
    pinned = {
        (row["shop_id"], row["version"]): (Policy.model_validate_json(row["terms"]), row["zone"]) for row in policies
    }
    bound: dict[tuple[UUID, int], list[Binding]] = defaultdict(list)
    for row in bindings:
        bound[row["order_id"], row["parcel"]].append(binding_of_row(row))
    seen: dict[tuple[UUID, int], list[Evidence]] = defaultdict(list)
    for row in evidence:
        seen[row["order_id"], row["parcel"]].append(evidence_of_row(row))
    packed: dict[UUID, list[Parcel]] = defaultdict(list)
    sent_back: dict[tuple[UUID, int], Parcel] = {}
    for row in parcels:
        key = row["order_id"], row["number"]
        parcel = _parcel(row, tuple(bound[key]), tuple(seen[key]))
        if row["leg"] == Leg.RETURN:
            sent_back[key] = parcel
        else:
            packed[row["order_id"]].append(parcel)
    opened = cases_of_rows(cases, sent_back)
    owed: dict[UUID, list[Refund]] = defaultdict(list)
    for row in refunds:
        owed[row["order_id"]].append(_refund(row))
    return {
        row["id"]: _order(
            row,
            *pinned[row["shop_id"], row["policy_version"]],
            tuple(packed[row["id"]]),
            tuple(owed[row["id"]]),
            opened.get(row["id"]) or Cases(),
        )
        for row in orders
    }


def _parcel(row: Mapping[str, Any], bindings: tuple[Binding, ...], evidence: tuple[Evidence, ...]) -> Parcel:
    return Parcel(
        number=row["number"],
        lines=tuple((sku, quantity) for sku, quantity in row["lines"]),
        state=ParcelState.model_validate_json(row["state"]),
        bindings=bindings,
        evidence=evidence,
        marks=tuple(DerivedMark(Mark(one["mark"]), datetime.fromisoformat(one["at"])) for one in row["marks"]),
        step=ParcelStep(row["step"]),
    )


def _refund(row: Mapping[str, Any]) -> Refund:
    state = RefundState(row["state"])
    lines = tuple((sku, quantity) for sku, quantity in row["lines"])
    parcels = tuple(row["parcels"])
    return Refund(row["id"], row["cause"], parcels, row["amount"], state, row["reason"], lines, row["asked_at"])


def row_of_line(line: Line) -> dict[str, Any]:
    """Write what was bought of one thing; what it does not have is left out."""
    row: dict[str, Any] = {
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
    }
    if line.options:
        row["options"] = dict(line.options)
    if line.fragile:
        row["fragile"] = True
    if line.exclusion:
        row["exclusion"] = line.exclusion
    return row


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        sku=row["sku"],
        title=row["title"],
        quantity=row["quantity"],
        unit_price=Decimal(row["unit_price"]),
        options=tuple(row.get("options", {}).items()),
        fragile=row.get("fragile", False),
        exclusion=row.get("exclusion"),
    )


def _order(
    row: Mapping[str, Any],
    policy: Policy,
    zone: str,
    parcels: tuple[Parcel, ...],
    refunds: tuple[Refund, ...],
    cases: Cases,
) -> Order:
    return Order(
        id=row["id"],
        shop_id=row["shop_id"],
        number=row["number"],
        version=row["version"],
        status=OrderStatus(row["status"]),
        commanded=OrderStatus(row["commanded"]),
        fulfilment=Fulfilment(row["fulfilment"]),
        handover=Handover(row["handover"]) if row["handover"] else None,
        service=row["service"],
        payment=PaymentMethod(row["payment"]),
        currency=row["currency"],
        total=row["total"],
        prepaid=row["prepaid"],
        collected=row["collected"],
        placed_at=row["placed_at"],
        promised_at=row["promised_at"],
        shipped_at=row["shipped_at"],
        cancelled_at=row["cancelled_at"],
        zone=zone,
        policy=policy,
        lines=tuple(_line(one) for one in row["lines"]),
        parcels=parcels,
        refunds=refunds,
        requests=tuple(cases.requests),
        returns=tuple(cases.returns),
        complaints=tuple(cases.complaints),
        faults=tuple(cases.faults),
        closed_at=row["closed_at"],
        last_number=row["last_number"],
        told=frozenset(row["told"]),
    )

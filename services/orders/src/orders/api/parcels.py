"""What a seller does with the parcels of an order, until a carrier has them and after."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders import store
from orders.api import schemas
from orders.api.answers import Answer, FindingShown, FindingsShown, OrderShown
from orders.api.gate import Caller, Gate
from orders.api.parcel_schemas import (
    BookingGiven,
    CombineGiven,
    FaultGiven,
    InsertGiven,
    LabelGiven,
    SplitGiven,
    UpdateGiven,
)
from orders.api.problems import order_unknown
from orders.api.requests import Asking, asking
from orders.files.keeping import Files, bind_files, files_of
from orders.labels.checking import FILE, check, check_insert
from orders.labels.label import Finding, Item, Label
from orders.labels.reading import UnreadableFile, read_codes, read_text
from orders.life import commands as c
from orders.life.order import Order, parcel_of
from orders.life.preparing import open_bindings

sql = load_queries("orders")


def router(service: Service, gate: Gate, files: Files) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Change = Annotated[Asking, Depends(asking(service, gate))]  # noqa: N806 - a type
    Seller = Annotated[Caller, Depends(gate.reader)]  # noqa: N806 - a type
    parcel_path = "/v1/orders/{order_id}/parcels/{parcel}"

    async def with_files(change: Asking, order_id: UUID, field: str, ids: Iterable[UUID], command: c.Command) -> Any:
        """Act with a command that names files of the shop, in *field* of its body."""
        named = list(ids)

        async def work(tx: Transaction) -> Answer:
            await require_files(tx.connection, change.shop_id, field, named)
            answer = await change.change(tx, order_id, command)
            if answer[0] < 400:
                await bind_files(tx, order_id, named)
            return answer

        return await change.once(work)

    @router.put(parcel_path + "/tracking", response_model=OrderShown)
    async def set_tracking(order_id: UUID, parcel: int, body: schemas.TrackingGiven, change: Change) -> Any:
        """Set a parcel's tracking number, or correct it."""
        command = c.SetTracking(parcel, body.carrier, body.number, body.account, body.shared_with)

        async def work(tx: Transaction) -> Answer:
            if body.shared_with is not None:
                await _require_same_buyer(tx.connection, order_id, body.shared_with)
            return await change.change(tx, order_id, command)

        return await change.once(work)

    @router.post(parcel_path + "/label", response_model=OrderShown)
    async def put_label(order_id: UUID, parcel: int, body: LabelGiven, change: Change) -> Any:
        """Have a label checked (R4): what is wrong is listed by field, and the parcel is labelled when nothing is."""
        file = await _read_file(service, files, change.shop_id, body.file)

        async def work(tx: Transaction) -> Answer:
            findings = await _findings(tx, change.shop_id, order_id, parcel, body, file)
            wrong = tuple((one.field, _kept(f"{one.reason} ({one.rule}: {one.words})")) for one in findings)
            answer = await change.change(tx, order_id, c.PutLabel(parcel, wrong, str(body.file) if body.file else None))
            if body.file is not None and answer[0] < 400:
                await bind_files(tx, order_id, [body.file])
            return answer

        return await change.once(work)

    @router.post("/v1/inserts/check", response_model=FindingsShown)
    async def look_at_insert(body: InsertGiven, _: Seller) -> FindingsShown:
        """Read an insert for what is prohibited: threats, and asking for positive reviews (R3). Keeps nothing."""
        return FindingsShown(findings=[_shown(one) for one in check_insert(body.text)])

    @router.post(parcel_path + "/booking", response_model=OrderShown)
    async def book(order_id: UUID, parcel: int, body: BookingGiven, change: Change) -> Any:
        """Ask for pick-up, or plan to drop off (R5)."""
        query = sql.location_of_shop if body.kind == "pick_up" else sql.drop_off_point_of_shop

        async def work(tx: Transaction) -> Answer:
            if body.place and await tx.connection.fetchval(query, change.shop_id, body.place) is None:
                errors = [{"field": "place", "message": "is none of this shop's"}]
                raise Problem(422, "invalid request", "The shop has no such place.", errors)
            place = str(body.place) if body.place else None
            return await change.change(tx, order_id, c.Book(parcel, body.kind == "pick_up", place, body.window))

        return await change.once(work)

    @router.post(parcel_path + "/handover", response_model=OrderShown)
    async def hand_over(order_id: UUID, parcel: int, body: schemas.HandoverGiven, change: Change) -> Any:
        """Record that a parcel was given to its carrier, its condition, and photos that prove it (R6)."""
        photos = tuple(map(str, body.photos))
        command = c.HandOver(parcel, body.carrier, body.number, body.condition, photos)
        return await with_files(change, order_id, "photos", body.photos, command)

    @router.post(parcel_path + "/carriers", response_model=OrderShown)
    async def confirm_carrier(order_id: UUID, parcel: int, body: schemas.CarrierGiven, change: Change) -> Any:
        """After a mix-up: say that this carrier has the parcel; what it scanned so far applies (R6)."""
        return await change(order_id, c.ConfirmCarrier(parcel, body.carrier))

    @router.post(parcel_path + "/updates", response_model=OrderShown)
    async def record_update(order_id: UUID, parcel: int, body: UpdateGiven, change: Change) -> Any:
        """Say how a parcel fares, with evidence: ends the reminders, and D5 counts anew, once (R23)."""
        command = c.RecordUpdate(parcel, body.words, tuple(map(str, body.evidence)))
        return await with_files(change, order_id, "evidence", body.evidence, command)

    @router.post(parcel_path + "/split", response_model=OrderShown)
    async def split_parcel(order_id: UUID, parcel: int, body: SplitGiven, change: Change) -> Any:
        """Take some of what is in a parcel into one of its own."""
        return await change(order_id, c.SplitParcel(parcel, packed(body.lines)))

    @router.post("/v1/orders/{order_id}/parcels/combine", response_model=OrderShown)
    async def combine_parcels(order_id: UUID, body: CombineGiven, change: Change) -> Any:
        """Put what is in some parcels of an order into another one."""
        return await change(order_id, c.CombineParcels(body.into, tuple(body.parcels)))

    @router.post(parcel_path + "/fault", response_model=OrderShown)
    async def assign_fault(order_id: UUID, parcel: int, body: FaultGiven, change: Change) -> Any:
        """Say whose fault a failed delivery, a loss, a damage or a return is, and who bears the cost (R24)."""
        evidence = tuple(map(str, body.evidence))
        command = c.AssignFault(parcel, body.fault, body.bears, body.words, evidence)
        return await with_files(change, order_id, "evidence", body.evidence, command)

    return router


def packed(lines: Iterable[schemas.PackedGiven]) -> tuple[tuple[str, int], ...]:
    """Give lines as commands take them; a SKU that stands twice is added up."""
    held: dict[str, int] = {}
    for line in lines:
        held[line.sku] = held.get(line.sku, 0) + line.quantity
    return tuple(held.items())


async def require_files(connection: Any, shop_id: UUID, field: str, ids: Iterable[UUID]) -> None:
    """Have the files that *field* of a body names be the shop's own."""
    missing = set(ids) - (await files_of(connection, shop_id, ids)).keys()
    if missing:
        errors = [{"field": field, "message": f"the shop has no file {one}"} for one in sorted(missing)]
        raise Problem(422, "invalid request", "Upload the files first: POST /v1/files.", errors)


async def _require_same_buyer(connection: Any, order_id: UUID, other_id: UUID) -> None:
    """Have a combined package hold the parcels of one buyer's orders at this shop."""
    if order_id == other_id or not await connection.fetchval(sql.have_same_buyer, order_id, other_id):
        errors = [{"field": "shared_with", "message": "is not another order of this shop for the same buyer"}]
        raise Problem(422, "invalid request", "Only orders of one buyer travel in one package.", errors)


async def _read_file(
    service: Service, files: Files, shop_id: UUID, file_id: UUID | None
) -> tuple[tuple[Any, ...], str] | None:
    """Read the codes and the text of a label's picture or PDF."""
    if file_id is None:
        return None
    found = await files.show(service, shop_id, file_id)
    if found is None:
        errors = [{"field": "file", "message": "the shop has no such file"}]
        raise Problem(422, "invalid request", "Upload the label first: POST /v1/files?kind=label.", errors)
    try:
        codes = await asyncio.to_thread(read_codes, found[1])
        return codes, await asyncio.to_thread(read_text, found[1])
    except UnreadableFile as unreadable:
        errors = [{"field": "file", "message": str(unreadable)}]
        raise Problem(422, "invalid request", "The label's file cannot be read.", errors) from None


async def _findings(
    tx: Transaction, shop_id: UUID, order_id: UUID, number: int, body: LabelGiven, file: Any
) -> tuple[Finding, ...]:
    if await tx.connection.fetchval(sql.find_order, order_id, shop_id) is None:
        raise order_unknown()
    order = (await store.load(tx.connection, [order_id], lock=True))[order_id]
    buyer = await tx.connection.fetchrow(sql.consignee_of, order_id)
    parcel = parcel_of(order, number)
    if parcel is None or buyer is None:
        return ()
    codes, text = file or ((), "")
    label = Label(
        recipient=body.recipient,
        address=tuple(body.address),
        items=tuple(Item(one.sku, one.title, one.quantity) for one in body.items),
        tracking_number=body.tracking_number,
        handling=tuple(body.handling),
        phone=body.phone or "",
        texts=body.texts | ({FILE: text} if text else {}),
        codes=codes,
    )
    return check(
        label,
        lines=[Item(sku, _title(order, sku), quantity) for sku, quantity in parcel.lines],
        recipient=buyer["name"],
        address=_address_lines(buyer["address"]),
        tracking_numbers=[binding.tracking_number for binding in open_bindings(parcel)],
        order_number=order.number,
        fragile=[line.sku for line in order.lines if line.fragile],
    )


def _kept(words: str) -> str:
    """Give words off a label as a database can keep them: no NUL, no half of a character."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def _address_lines(address: dict[str, Any]) -> list[str]:
    return [*address["lines"], address["city"], *([address["postcode"]] if address.get("postcode") else [])]


def _title(order: Order, sku: str) -> str:
    return next((line.title for line in order.lines if line.sku == sku), "")


def _shown(finding: Finding) -> FindingShown:
    return FindingShown(field=finding.field, words=finding.words, rule=finding.rule, reason=finding.reason)

"""Changes, cancellations, returns, refunds and complaints: what is asked for, and the shop's answers."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from orders.api import schemas
from orders.api.answers import Answer, OrderShown
from orders.api.case_schemas import (
    AddressChangeGiven,
    AnswerGiven,
    ApprovalGiven,
    ComplaintGiven,
    LinesGiven,
    RefusalGiven,
    ReturnApprovalGiven,
    ReturnGiven,
    ReturnReceivedGiven,
    ReturnSentGiven,
)
from orders.api.gate import Gate
from orders.api.parcels import packed, require_files
from orders.api.requests import Asking, asking
from orders.files.keeping import bind_files
from orders.life import commands as c

sql = load_queries("orders")


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Change = Annotated[Asking, Depends(asking(service, gate))]  # noqa: N806 - a type
    order = "/v1/orders/{order_id}"

    @router.post(order + "/cancel", response_model=OrderShown)
    async def cancel(order_id: UUID, body: schemas.CancelGiven, change: Change) -> Any:
        """Call an order off before it is shipped (R25); for a buyer of a packed one it is asked for."""
        return await change(order_id, c.Cancel(body.by, body.reason))

    @router.post(order + "/address", response_model=OrderShown)
    async def change_address(order_id: UUID, body: AddressChangeGiven, change: Change) -> Any:
        """Send the order elsewhere, on the buyer's behalf, until it is shipped; a printed label is void (R10)."""
        return await change.once(lambda tx: move_address(tx, change, order_id, "seller", body))

    @router.post(order + "/lines", response_model=OrderShown)
    async def modify(order_id: UUID, body: LinesGiven, change: Change) -> Any:
        """Change what is ordered, on the buyer's behalf, within the shop's window (R11)."""
        lines = tuple(line.line for line in body.lines)
        return await change(order_id, c.Modify(uuid4(), "seller", lines, body.paid))

    @router.post(order + "/requests/{request_id}/approve", response_model=OrderShown)
    async def approve_request(order_id: UUID, request_id: UUID, body: ApprovalGiven, change: Change) -> Any:
        """Do what was asked for (R11, R25)."""
        lines = tuple(line.line for line in body.lines)
        return await change(order_id, c.DecideRequest(request_id, True, None, lines, body.paid))

    @router.post(order + "/requests/{request_id}/refuse", response_model=OrderShown)
    async def refuse_request(order_id: UUID, request_id: UUID, body: RefusalGiven, change: Change) -> Any:
        """Refuse what was asked for (R11, R25)."""
        return await change(order_id, c.DecideRequest(request_id, False, body.reason))

    @router.post(order + "/received", response_model=OrderShown)
    async def received(order_id: UUID, body: schemas.ReceivedGiven, change: Change) -> Any:
        """Record that the buyer says to have it (R7, R22)."""
        return await change(order_id, c.ConfirmReceipt(tuple(body.parcels)))

    @router.post(order + "/collected", response_model=OrderShown)
    async def collected(order_id: UUID, body: schemas.CollectedGiven, change: Change) -> Any:
        """Record what was paid at the door (R13)."""
        return await change(order_id, c.CollectPayment(body.amount))

    @router.post(order + "/refunds", response_model=OrderShown)
    async def request_refund(order_id: UUID, body: schemas.RefundGiven, change: Change) -> Any:
        """Ask for money back, as the buyer (R13)."""
        return await change(order_id, c.RequestRefund(body.reason, tuple(body.parcels)))

    @router.post(order + "/refunds/{refund_id}/approve", response_model=OrderShown)
    async def approve_refund(order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, change: Change) -> Any:
        """Agree to a refund that was asked for."""
        return await change(order_id, c.DecideRefund(refund_id, True, body.reason))

    @router.post(order + "/refunds/{refund_id}/refuse", response_model=OrderShown)
    async def refuse_refund(order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, change: Change) -> Any:
        """Refuse a refund that was asked for."""
        return await change(order_id, c.DecideRefund(refund_id, False, body.reason))

    @router.post(order + "/refunds/{refund_id}/issued", response_model=OrderShown)
    async def refund_issued(order_id: UUID, refund_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Record that the payment system has paid a refund out."""
        return await change(order_id, c.IssueRefund(refund_id))

    @router.post(order + "/returns", response_model=OrderShown)
    async def ask_return(order_id: UUID, body: ReturnGiven, change: Change) -> Any:
        """Ask for a return, on the buyer's behalf (R12)."""
        return await change(order_id, c.AskReturn(uuid4(), body.parcel, packed(body.lines), body.reason))

    @router.post(order + "/returns/{return_id}/approve", response_model=OrderShown)
    async def approve_return(order_id: UUID, return_id: UUID, body: ReturnApprovalGiven, change: Change) -> Any:
        """Agree to a return, and say how it is to be packed and sent."""
        return await change(order_id, c.DecideReturn(return_id, True, body.instructions))

    @router.post(order + "/returns/{return_id}/refuse", response_model=OrderShown)
    async def refuse_return(order_id: UUID, return_id: UUID, body: RefusalGiven, change: Change) -> Any:
        """Refuse a return."""
        return await change(order_id, c.DecideReturn(return_id, False, body.reason))

    @router.put(order + "/returns/{return_id}/tracking", response_model=OrderShown)
    async def send_return(order_id: UUID, return_id: UUID, body: ReturnSentGiven, change: Change) -> Any:
        """Set the tracking number of a return, or correct it."""
        return await change(order_id, c.SendReturn(return_id, body.carrier, body.number))

    @router.post(order + "/returns/{return_id}/received", response_model=OrderShown)
    async def receive_return(order_id: UUID, return_id: UUID, body: ReturnReceivedGiven, change: Change) -> Any:
        """Check a return in: its refund is due, and what is intact is in stock again (R2, R12)."""
        return await change(order_id, c.ReceiveReturn(return_id, packed(body.intact)))

    @router.post(order + "/complaints", response_model=OrderShown)
    async def complain(order_id: UUID, body: ComplaintGiven, change: Change) -> Any:
        """Take a complaint in, on the buyer's behalf (R14, R22)."""
        evidence = tuple(map(str, body.evidence))
        command = c.Complain(uuid4(), body.kind, body.parcel, body.words, evidence)

        async def work(tx: Transaction) -> Answer:
            await require_files(tx.connection, change.shop_id, "evidence", body.evidence)
            answer = await change.change(tx, order_id, command)
            if answer[0] < 400:
                await bind_files(tx, order_id, body.evidence)
            return answer

        return await change.once(work)

    @router.post(order + "/complaints/{complaint_id}/answer", response_model=OrderShown)
    async def answer_complaint(order_id: UUID, complaint_id: UUID, body: AnswerGiven, change: Change) -> Any:
        """Answer a complaint; the operator decides it (R14)."""
        return await change(order_id, c.AnswerComplaint(complaint_id, body.words))

    return router


async def move_address(tx: Transaction, change: Asking, order_id: UUID, by: str, body: AddressChangeGiven) -> Answer:
    """Change a shipping address, and keep what it was before and after (R10); a refusal changes nothing."""
    request_id = uuid4()
    answer = await change.change(tx, order_id, c.ChangeAddress(request_id, by))
    if answer[0] < 400:
        after = body.address.model_dump()
        await tx.connection.execute(sql.change_address, request_id, order_id, tx.now, by, after)
        answer = answer[0], await change.show(tx, order_id)
    return answer

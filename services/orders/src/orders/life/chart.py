"""Draws the machines as docs/lifecycle.md shows them: ``python -m orders.life.chart``."""

from contracts.orders.v1 import OrderStatus, ReturnStatus
from orders.life.cases import ComplaintState, RefundState, RequestState
from orders.life.changing import REQUEST
from orders.life.complaining import COMPLAINT
from orders.life.lifecycle import ORDER, SHOWN
from orders.life.parcel import ParcelStep
from orders.life.preparing import PARCEL
from orders.life.refunding import REFUND
from orders.life.returning import RETURN


def chart() -> str:
    """Give the page."""
    meanings = "\n".join(f"| `{status}` | {SHOWN[status]} |" for status in OrderStatus)
    return f"""\
# The life of an order

Generated from the tables in `services/orders/src/orders/life/` by `make docs`; a test keeps it true.

Every machine has the same form: a pair of state and trigger moves it, or is late (it happens by repetition or in a lost
race, and changes nothing), or is illegal: a command is refused with what is possible now.

## Orders

{ORDER.chart(OrderStatus.PLACED)}
| status | buyers and sellers see |
| --- | --- |
{meanings}

## Parcels, before a carrier has them

What carriers say of a parcel is no machine but a fold of its scans.

{PARCEL.chart(ParcelStep.UNLABELLED)}
## Requests to change an order, or to call it off

{REQUEST.chart(RequestState.REQUESTED)}
## Refunds

A refund begins as `requested` where the buyer asks, and as `due` where a rule owes it.

{REFUND.chart(RefundState.REQUESTED)}
## Returns

{RETURN.chart(ReturnStatus.REQUESTED)}
## Complaints

{COMPLAINT.chart(ComplaintState.OPEN)}"""


if __name__ == "__main__":
    print(chart(), end="")

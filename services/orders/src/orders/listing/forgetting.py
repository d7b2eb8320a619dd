"""What erasure needs of the search: the words of a buyer go when the buyer's row does."""

from collections.abc import Sequence
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction

sql = load_queries("orders")


async def forget_search_of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Have orders found only by what their rows still say: call it after a buyer's row was changed or deleted.

    Triggers do the same whenever a buyer's row changes; this is for those who do not want to rely on that.
    """
    await tx.connection.execute(sql.find_orders_again, list(order_ids))

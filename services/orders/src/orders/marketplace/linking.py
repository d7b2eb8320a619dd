"""Which shop a marketplace's notices are about: the operator links an account and a seller's number with it."""

from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from orders.marketplace.taking import claim_linked
from orders.shops.register import ShopUnknown

sql = load_queries("orders")


class LinkedElsewhere(Exception):
    """Another shop has the notices by that account about that seller."""


async def link(tx: Transaction, shop_id: UUID, account: str, seller: str) -> int:
    """Have notices by an account about a seller be about a shop; gives how many kept ones its orders have taken now.

    *account* is the carrier account's name, *seller* the marketplace's own number of the shop, as its notices say it.
    Once is enough, and twice is the same. Raises `ShopUnknown` and `LinkedElsewhere`.
    """
    if not await tx.connection.fetchval(sql.has_shop, shop_id):
        raise ShopUnknown(str(shop_id))
    await tx.connection.execute(sql.hold_placing)
    if await tx.connection.fetchval(sql.link_marketplace, account, seller, shop_id, tx.now) != shop_id:
        raise LinkedElsewhere(f"{account}/{seller}")
    return await claim_linked(tx, account, seller)


async def unlink(tx: Transaction, shop_id: UUID, account: str, seller: str) -> bool:
    """Have them be about no shop any more; what was done stays. False where they were not linked so."""
    return await tx.connection.fetchval(sql.unlink_marketplace, account, seller, shop_id) is not None

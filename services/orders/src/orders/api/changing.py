"""Acting on one order: loaded under its lock, decided, saved; the books are judged anew where numbers changed."""

from uuid import UUID

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.transactions import Transaction
from orders import store
from orders.access.wall import beyond
from orders.api.answers import Answer
from orders.api.problems import order_unknown
from orders.api.showing import show_order
from orders.bookkeeping import Books
from orders.life import commands as c
from orders.life.decide import act
from orders.life.lifecycle import POSSIBLE
from orders.stock import booking

sql = load_queries("orders")


async def change_order(
    tx: Transaction, shop_id: UUID, order_id: UUID, command: c.Command, if_match: str | None = None
) -> Answer:
    """Act on one order under its lock; a refusal is answered 409 or 422 and stays in the history.

    *if_match* is the version that the caller has seen, as an entity tag: 412 where the order has another by now.
    """
    if isinstance(command, c.SetTracking | c.HandOver | c.ConfirmCarrier | c.SendReturn):
        await tx.connection.execute(sql.change_bindings)
    if await tx.connection.fetchval(sql.find_order, order_id, shop_id) is None:
        raise order_unknown()
    order = (await store.load(tx.connection, [order_id], lock=True))[order_id]
    if if_match is not None and not _matches(if_match, order.version):
        sentence = f"The order has changed since: it is at version {order.version} now. Look at it, and ask again."
        stale = Problem(412, "the order has changed", sentence)
        stale.body |= {"version": order.version, "order_status": order.status}
        raise stale  # nothing is kept of it: who looks and asks again may do so with the same Idempotency-Key
    command = await booking.with_shortage(tx, order, command)
    outcome = act(order, command, tx.now)
    await store.save(tx, [(order, outcome)])
    if outcome.refusal is not None:
        sentence, field = outcome.refusal.sentence, outcome.refusal.field
        if field:
            findings = outcome.refusal.findings or ((field, sentence),)
            errors = [{"field": name, "message": message} for name, message in findings]
            return 422, Problem(422, "invalid request", sentence, errors).body
        body = {**Problem(409, "not possible now", sentence).body, "order_status": order.status}
        body["possible"] = list(POSSIBLE[order.status])
        if isinstance(command, c.Confirm) and command.short:
            body["possible"] = ["cancel"]  # or add stock, which is no command to the order
        return 409, body
    if outcome.claims:
        async with beyond(tx, shop_id):  # kept records have no shop yet, and their number may have been another's
            books = Books(tx)
            await books.claim(binding for _, binding in outcome.claims)
            for number, binding in outcome.claims:
                await books.share(order_id, number, binding)
            await books.close()
    return 200, await show_order(tx.connection, shop_id, order_id)


def _matches(if_match: str, version: int) -> bool:
    """Say whether one of the tags is the version's; a proxy that compresses makes them weak, and they count."""
    tags = [tag.strip().removeprefix("W/") for tag in if_match.split(",")]
    return "*" in tags or f'"{version}"' in tags

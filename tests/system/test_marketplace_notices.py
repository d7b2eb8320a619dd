"""TikTok Shop cancels an order: its signed webhook comes in by the carriers' door; buyer and seller are told."""

from support.marketplace import Marketplace
from support.tiktok_shop import KEY, SHOP, App, webhook
from support.waiting import eventually


async def tiktok_shop(market: Marketplace) -> App:
    """Give TikTok Shop an account, and link its shop with ours."""
    named = ("--name", "tiktok-shop", "--carrier", "TikTok Shop", "--format", "tiktok-shop-webhook", "--key", KEY)
    made = await market.stack.tool("carrier-adapter", "accounts", "add", *named)
    seller = await market.shop()
    link = ("--shop", seller.shop_id, "--account", "tiktok-shop", "--seller", SHOP)
    assert (await market.stack.tool("orders", "shops", "link", *link))["notices_taken"] == 0
    door = (await market.carrier()).http
    app = App(door, "tiktok-shop", made["endpoint"], KEY, "tiktok-shop")

    async def is_known() -> bool:
        return (await app.push(webhook(5, market.clock.now, product_id="1"))).is_success

    await eventually(is_known)
    return app


async def test_a_signed_webhook_cancels_the_order_it_names_and_both_are_told(market: Marketplace) -> None:
    market.next_morning()
    app, seller = await tiktok_shop(market), await market.shop()
    order = await seller.place(number="580000000000000011")
    await market.quiet()
    before = await market.books()

    cancelled = webhook(1, market.clock.now, order_id="580000000000000011", order_status="CANCEL")
    assert (await app.push(cancelled, {"authorization": "0" * 64})).status_code == 401
    assert (await seller.order(order["id"]))["status"] == "placed"
    for _ in range(2):
        assert (await app.push(cancelled)).is_success
    await market.quiet()

    now = await seller.order(order["id"])
    assert now["status"] == "cancelled"
    assert [step["trigger"] for step in now["history"]].count("marketplace") == 1
    assert [(one["state"], one["amount"]) for one in now["refunds"]] == [("due", "32.00")]
    assert await market.books() == before, "a notice is no record of the feed"
    for reader in ("buyer", "seller"):
        [told] = [one for one in market.mail(order["id"], reader) if "cancelled" in one["facts"]]
        assert "32.00 SGD" in told["text"]
    assert "by the marketplace" in told["text"]

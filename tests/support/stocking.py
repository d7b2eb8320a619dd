"""Locations and their stock, as a seller's programs keep them."""

from typing import Any

from support.selling import Seller

LOCATION: dict[str, Any] = {
    "name": "Main",
    "address": {"lines": ["2 Example Road"], "city": "Singapore", "postcode": "018900", "country": "SG"},
    "zone": "Asia/Singapore",
}


async def add(seller: Seller, **changes: Any) -> Any:
    """Add a location; gives it as the API shows it."""
    answer = await seller.post("/v1/locations", {**LOCATION, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(seller: Seller, location_id: str, **changes: Any) -> Any:
    """Ask for a location to be changed; gives the answer."""
    return await seller.post(f"/v1/locations/{location_id}", {**LOCATION, **changes}, method="PUT")


async def stock(seller: Seller, location: Any, **on_hand: int) -> None:
    """Count SKUs at a location; a name's underscores are dashes of the SKU."""
    for sku, n in on_hand.items():
        path = f"/v1/locations/{location['id']}/stock/{sku.replace('_', '-')}"
        assert (await seller.post(path, {"on_hand": n}, method="PUT")).is_success


async def recommended(seller: Seller, order_id: str) -> Any:
    """Give the recommendation for an order, with what it holds."""
    answer = await seller.get(f"/v1/orders/{order_id}/recommendation")
    assert answer.status_code == 200, answer.text
    return answer.json()

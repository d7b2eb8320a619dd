"""What is done for a shop reaches the database behind the wall, and nowhere else."""

import ast
from pathlib import Path
from typing import Final

API: Final = Path(__file__).parents[4] / "services" / "orders" / "src" / "orders" / "api"

#: Modules that open the database for all shops at once, for who is not a shop yet, or not one's.
BEYOND: Final = {
    "__init__": "readiness asks whether there is a wall",
    "access": "who logs in has no shop before",
    "gate": "whose shop it is, is what is looked up",
    "buyers": "a buyer's orders lie in many shops",
    "operator": "the operator sees every shop",
    "marketplaces": "the operator stands behind no wall",
    "operator_asking": "the operator changes every shop",
    "tracking": "a link names its order",
}


def test_a_shop_s_routes_open_the_database_through_the_wall_alone() -> None:
    found = {
        file.stem
        for file in sorted(API.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"pool", "transaction"} and _is_a_service(node.value)
    }

    assert "gate" in found
    assert found <= BEYOND.keys(), "use orders.access.wall.for_shop"


def _is_a_service(node: ast.expr) -> bool:
    return ast.unparse(node).endswith("service")

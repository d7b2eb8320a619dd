"""docs/api.md, typed as it stands: the life of one order with curl."""

import asyncio
import os
import re
from pathlib import Path

from support.marketplace import Marketplace

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def squeezed(text: str) -> list[str]:
    """Give what was printed, value by value, without the blanks that jq and a reader put differently."""
    parts = re.split(r"\n(?![ }\]])", text)
    return [squeezed for part in parts if (squeezed := re.sub(r"\s+", "", part))]


async def test_a_new_user_can_type_the_life_of_one_order(market: Marketplace, tmp_path: Path) -> None:
    seller, carrier = await market.shop("A shop that keeps stock"), await market.carrier()
    script = tmp_path / "typed.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks("bash")))
    environment = {
        "PATH": os.environ["PATH"],
        "API": market.stack.orders_url,
        "API_KEY": seller.api_key,
        "FEED": f"{market.stack.feeds_url}/{carrier.endpoint}",
        "FEED_KEY": carrier.key,
        "OPERATOR_KEY": market.stack.operator_key,
    }

    ticking = asyncio.create_task(_tick(market))  # what is typed one after the other happens one after the other
    typed = await asyncio.create_subprocess_exec(
        "bash", str(script), env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(typed.communicate(), 60)
    ticking.cancel()

    assert typed.returncode == 0, err.decode()
    assert squeezed(out.decode()) == squeezed("\n".join(blocks("json")))


async def _tick(market: Marketplace) -> None:
    while True:
        market.clock.advance(seconds=1)
        await asyncio.sleep(0.02)

"""``make up``: the whole system in real time, with a shop and a carrier account to play with."""

import asyncio
import tempfile
from pathlib import Path

from sandbox.stack import running


async def up() -> None:
    """Run until Ctrl-C; prints where everything is."""
    with tempfile.TemporaryDirectory(prefix="waybill-") as folder:
        async with running(Path(folder) / "up") as stack:
            words = ("--name", "Demo shop", "--email", "seller@example.com", "--zone", "Asia/Singapore")
            shop = await stack.tool("orders", "shops", "add", *words)
            words = ("--name", "ninjavan", "--carrier", "Ninja Van", "--format", "ninjavan-webhook")
            account = await stack.tool("carrier-adapter", "accounts", "add", *words, "--zone", "Asia/Singapore")
            print(
                f"""
Waybill is up. Ctrl-C stops it.

  sellers' API      {stack.orders_url}/docs
    API key         {shop["api_key"]}
  carriers' feed    {stack.feeds_url}/{account["endpoint"]}
    format          ninjavan-webhook, signed with {account["key"]}
  mail              {stack.mail_url}
  operator's key    {stack.operator_key}
  feeds' admin      {stack.feeds_url.removesuffix("/v1/feeds")}/docs
    admin token     {stack.admin_token}
  logs              {stack.folder}
""",
                flush=True,
            )
            await asyncio.Event().wait()

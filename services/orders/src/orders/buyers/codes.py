"""One-time codes: who gives the code that was sent to an order's buyer reads the buyer's mail (R16).

Only hashes are kept, and slow ones: a code has six digits, and whoever could read the table would else have it at once.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import CodeAsked

sql = load_queries("orders")

LIFETIME: Final = timedelta(minutes=10)
MOST_WRONG: Final = 5  #: Tries of one challenge.
MOST_ASKED: Final = 5  #: Challenges of one order within `WITHIN`.
WITHIN: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(days=1)  #: After that nothing of a challenge is kept.
DIGITS: Final = 6


class TooManyCodes(Exception):
    """Too many codes were asked for an order; *again_at* is when the next one may be."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__("too many codes were asked for")
        self.again_at = again_at


@dataclass(frozen=True, slots=True)
class Challenge:
    """A wish for a code; its code, given before *expires_at*, proves it once."""

    id: UUID
    expires_at: datetime


async def ask_code(tx: Transaction, order_id: UUID, now: datetime) -> Challenge:
    """Have a code sent to the buyer of an order that exists; raises `TooManyCodes`."""
    shop_id = await tx.connection.fetchval(sql.lock_order_for_code, order_id)
    asked = [row["asked_at"] for row in await tx.connection.fetch(sql.codes_asked_since, order_id, now - WITHIN)]
    if len(asked) >= MOST_ASKED:
        raise TooManyCodes(asked[-MOST_ASKED] + WITHIN)
    challenge = Challenge(uuid4(), now + LIFETIME)
    await tx.connection.execute(sql.insert_challenge, challenge.id, order_id, now, challenge.expires_at)
    tx.say(
        CodeAsked(
            event_id=uuid4(),
            occurred_at=now,
            challenge_id=challenge.id,
            order_id=order_id,
            shop_id=shop_id,
            expires_at=challenge.expires_at,
        ),
        order_id,
    )
    return challenge


async def mint_codes(connection: Any, challenges: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """Make a new code for each challenge that can still be proven; the codes are kept nowhere.

    *connection* is inside a transaction. The codes made before for the same challenge count too, the last two of them.
    """
    codes = {}
    for row in await connection.fetch(sql.lock_open_challenges, list(challenges), now, MOST_WRONG):
        challenge_id = row["challenge_id"]
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        await connection.execute(sql.keep_code, challenge_id, await _hashed(challenge_id, code))
        codes[challenge_id] = code
    return codes


async def prove(tx: Transaction, challenge_id: UUID, code: str, now: datetime) -> UUID | None:
    """Give the order that a code opens; None for a wrong code, and where no code counts any more.

    Have *tx* commit in any case: a wrong try that is rolled back is not counted.
    """
    row = await tx.connection.fetchrow(sql.lock_challenge, challenge_id, now, MOST_WRONG)
    if row is None:
        return None
    given = await _hashed(challenge_id, "".join(code.split()))
    # Each in constant time, and every one of them.
    if not sum(hmac.compare_digest(given, digest) for digest in row["digests"]):
        await tx.connection.execute(sql.count_wrong_try, challenge_id)
        return None
    await tx.connection.execute(sql.prove_challenge, challenge_id, now)
    found: UUID = row["order_id"]
    return found


async def _hashed(challenge_id: UUID, code: str) -> bytes:
    """Hash a code, away from the event loop: 8 MB and some 0.02 s; all codes there are take hours."""
    text = code.encode("utf-8", "replace")
    return await asyncio.to_thread(hashlib.scrypt, text, salt=challenge_id.bytes, n=2**13, r=8, p=1, dklen=32)

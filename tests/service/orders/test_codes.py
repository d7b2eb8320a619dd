"""R16: who gives the code that was sent to the buyer reads the buyer's mail; it is short-lived, and hard to guess."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.transactions import Transaction
from contracts.orders.contacts import ContactsAsked, ContactsGiven
from contracts.orders.v1 import CodeAsked
from orders.buyers.codes import Challenge, TooManyCodes, ask_code, mint_codes, prove
from service.orders.conftest import Api
from support.selling import Seller

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
async def order(seller: Seller) -> UUID:
    """An order of a shop of its own."""
    return UUID((await seller.place())["id"])


@asynccontextmanager
async def transaction(api: Api) -> AsyncIterator[Transaction]:
    async with api.running.service.transaction() as tx:
        yield tx


async def asked(api: Api, order: UUID, now: datetime = NOW) -> Challenge:
    async with transaction(api) as tx:
        return await ask_code(tx, order, now)


async def minted(api: Api, challenge: Challenge, now: datetime = NOW) -> str | None:
    async with transaction(api) as tx:
        return (await mint_codes(tx.connection, [challenge.id], now)).get(challenge.id)


async def proven(api: Api, challenge: UUID, code: str | None, now: datetime = NOW) -> UUID | None:
    async with transaction(api) as tx:
        return await prove(tx, challenge, code or "", now)


def wrong(*codes: str | None) -> str:
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in codes)


async def test_the_code_of_a_challenge_opens_its_order_once(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge)

    assert code is not None
    assert len(code) == 6
    assert code.isdecimal()
    assert await proven(api, challenge.id, code) == order
    assert await proven(api, challenge.id, code) is None


async def test_a_code_with_spaces_around_and_in_it_is_the_code(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge) or ""

    assert await proven(api, challenge.id, f" {code[:3]} {code[3:]}\n") == order


@pytest.mark.parametrize("guess", ["", "12345", "1234567", "①②③④⑤⑥", "\ud800", "x" * 10_000])
async def test_what_is_no_code_opens_nothing(api: Api, order: UUID, guess: str) -> None:
    challenge = await asked(api, order)
    await minted(api, challenge)

    assert await proven(api, challenge.id, guess) is None


async def test_a_code_counts_for_ten_minutes(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge)

    assert challenge.expires_at == NOW + 10 * MINUTE
    assert await proven(api, challenge.id, code, NOW + 10 * MINUTE) is None
    assert await proven(api, challenge.id, code, NOW + 10 * MINUTE - SECOND) == order


async def test_five_wrong_tries_are_the_last(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge)
    for _ in range(5):
        assert await proven(api, challenge.id, wrong(code)) is None

    assert await proven(api, challenge.id, code) is None
    assert await minted(api, challenge) is None


async def test_four_wrong_tries_leave_one(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge)
    for _ in range(4):
        await proven(api, challenge.id, wrong(code))

    assert await proven(api, challenge.id, code) == order


async def test_tries_at_once_are_counted_one_by_one(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge)

    await asyncio.gather(*(proven(api, challenge.id, wrong(code)) for _ in range(6)))

    tries = await api.running.pool.fetchval("SELECT tries FROM one_time_codes WHERE challenge_id = $1", challenge.id)
    assert tries == 5


async def test_each_code_is_of_its_own_challenge(api: Api, order: UUID) -> None:
    first, second = await asked(api, order), await asked(api, order)
    codes = [await minted(api, first), await minted(api, second)]

    assert codes[0] == codes[1] or await proven(api, second.id, codes[0]) is None
    assert await proven(api, second.id, codes[1]) == order
    assert await proven(api, uuid4(), codes[0]) is None


async def test_of_the_codes_that_were_sent_for_one_challenge_the_last_three_count(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    codes = [await minted(api, challenge) for _ in range(4)]
    kept = await api.running.pool.fetchval(
        "SELECT cardinality(digests) FROM one_time_codes WHERE challenge_id = $1", challenge.id
    )

    assert kept == 3
    assert codes[0] in codes[1:] or await proven(api, challenge.id, codes[0]) is None
    assert await proven(api, challenge.id, codes[1]) == order


async def test_an_order_has_five_challenges_an_hour(api: Api, order: UUID, seller: Seller) -> None:
    for minute in range(5):
        await asked(api, order, NOW + minute * MINUTE)

    with pytest.raises(TooManyCodes) as refused:
        await asked(api, order, NOW + 59 * MINUTE)

    assert refused.value.again_at == NOW + 60 * MINUTE
    await asked(api, UUID((await seller.place())["id"]), NOW + 59 * MINUTE)  # another order has its own
    await asked(api, order, NOW + 60 * MINUTE)
    with pytest.raises(TooManyCodes):
        await asked(api, order, NOW + 60 * MINUTE)


async def test_challenges_asked_at_once_are_five_too(api: Api, order: UUID) -> None:
    answers = await asyncio.gather(*(asked(api, order) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, Challenge) for one in answers) == 5
    assert sum(isinstance(one, TooManyCodes) for one in answers) == 3


async def test_a_wish_is_said_with_its_time_and_without_a_code(api: Api, order: UUID, seller: Seller) -> None:
    async with transaction(api) as tx:
        challenge = await ask_code(tx, order, NOW)
        [(_, about, subject, body)] = tx.said

    said = CodeAsked.model_validate_json(body)
    assert (about, subject) == (str(order), "orders.v1.code_asked")
    assert (said.challenge_id, said.order_id, said.shop_id) == (challenge.id, order, UUID(seller.shop_id))
    assert said.expires_at == challenge.expires_at


async def test_a_code_is_kept_as_a_hash_alone(api: Api, order: UUID) -> None:
    challenge = await asked(api, order)
    code = await minted(api, challenge) or "none"
    row = await api.running.pool.fetchrow(
        "SELECT one_time_codes::text AS kept FROM one_time_codes WHERE challenge_id = $1", challenge.id
    )

    assert row is not None
    assert code.encode().hex() not in row["kept"]
    assert code not in row["kept"].replace(str(challenge.id), "").partition("{")[0]


# --- `notifier` asks for codes ----------------------------------------------------------------------------------------


async def asked_for(api: Api, order: UUID, *challenges: UUID) -> ContactsGiven:
    notifier = await api.broker.connect("notifier")
    question = ContactsAsked(order_ids=[order], challenges=list(challenges)).model_dump_json().encode()
    return ContactsGiven.model_validate_json((await notifier.request("rpc.orders.contacts", question, timeout=5)).data)


async def test_notifier_is_given_a_new_code_each_time_it_asks(api: Api, order: UUID) -> None:
    now = api.running.service.clock.now()
    challenge = await asked(api, order, now)

    first, second = [await asked_for(api, order, challenge.id, uuid4()) for _ in range(2)]

    assert [one.state.order_id for one in first.contacts] == [order]
    assert first.codes.keys() == second.codes.keys() == {str(challenge.id)}
    assert await proven(api, challenge.id, second.codes[str(challenge.id)], now) == order


async def test_of_a_challenge_whose_time_is_over_no_code_is_given(api: Api, order: UUID) -> None:
    challenge = await asked(api, order, api.running.service.clock.now() - 10 * MINUTE)

    assert (await asked_for(api, order, challenge.id)).codes == {}


async def test_who_asks_for_no_code_is_given_none(api: Api, order: UUID) -> None:
    assert (await asked_for(api, order)).codes == {}

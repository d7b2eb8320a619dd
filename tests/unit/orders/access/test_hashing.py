"""Passwords are kept as argon2id, and a wrong one costs as much where there is no account."""

import asyncio

from argon2 import Type, extract_parameters

from orders.access.hashing import AT_ONCE, NOBODY, Hashing


async def test_a_password_is_kept_as_argon2id_and_never_twice_alike() -> None:
    hashing = Hashing()
    one, other = await hashing.make("correct horse battery"), await hashing.make("correct horse battery")

    assert extract_parameters(one).type is Type.ID
    assert one != other
    assert await hashing.matches(one, "correct horse battery")
    assert not await hashing.matches(one, "correct horse batterx")
    assert not hashing.is_outdated(one)


async def test_nobody_s_hash_takes_the_same_work_and_fits_no_password() -> None:
    assert extract_parameters(NOBODY) == extract_parameters(await Hashing().make("correct horse battery"))
    assert not await Hashing().matches(None, "correct horse battery")
    assert not await Hashing().matches(None, "")


async def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert Hashing().is_outdated("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43)


async def test_no_more_than_two_are_under_way_at_once() -> None:
    hashing = Hashing()
    async with asyncio.timeout(10):
        for _ in range(AT_ONCE):
            await hashing._turn.acquire()
        waiting = asyncio.create_task(hashing.matches(None, "x"))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        hashing._turn.release()
        assert not await waiting

"""People who log in: sellers of a shop and operators, by a session that a stranger cannot guess, use or force."""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import httpx
import pytest
from argon2 import PasswordHasher

from orders.access import hashing
from support.selling import Seller, open_shop, order_body
from support.services import Running, Starter, SteppedTime, run_tool

OWN = "a password of my own"
ADDRESS = "X-Real-IP"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the same argon2id with a thousandth of the work: these tests make hundreds of hashes."""
    monkeypatch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
async def orders(start: Starter, clock: SteppedTime) -> Running:
    """An `orders` on a stepped clock, behind a proxy that names the address of who asks."""
    return await start("orders", clock=clock, address_header=ADDRESS)


@dataclass
class Person:
    """Somebody at a browser."""

    http: httpx.AsyncClient
    email: str
    password: str
    address: str = "192.0.2.1"
    token: str = ""
    csrf: str = ""

    async def log_in(self, password: str | None = None) -> httpx.Response:
        """Try to log in."""
        body = {"email": self.email, "password": password or self.password}
        answer = await self.http.post("/v1/session", json=body, headers={ADDRESS: self.address})
        if answer.status_code == 201:
            self.token = SimpleCookie(answer.headers["set-cookie"])["waybill_session"].value
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Ask as the browser does: with the cookie, and with the CSRF token that the page was given."""
        own = {"cookie": f"waybill_session={self.token}", "x-csrf-token": self.csrf, ADDRESS: self.address}
        own["idempotency-key"] = uuid4().hex
        sent = {name.encode(): value.encode("latin-1") for name, value in {**own, **headers}.items() if value}
        return await self.http.request(method, path, json=body, headers=sent)

    async def settle(self) -> "Person":
        """Log in for the first time, and choose a password."""
        assert (await self.log_in()).status_code == 201
        changed = await self.ask("PUT", "/v1/users/me/password", {"current": self.password, "new": OWN})
        assert changed.status_code == 204, changed.text
        self.password = OWN
        return self


async def seller_of(shop: Seller, email: str = "mei@example.com", **more: Any) -> Person:
    """Add a user to a shop by its API."""
    answer = await shop.post("/v1/users", {"email": email, "name": "Mei Tan", **more})
    assert answer.status_code == 201, answer.text
    return Person(shop.http, email, answer.json()["password"])


async def operator(orders: Running) -> Person:
    """Add an operator on the command line."""
    words = ("users", "add", "--email", "op@example.com", "--role", "operator")
    ran = await run_tool("orders", *words, environment=orders.environment)
    assert ran.status == 0, ran.printed + ran.complained
    return Person(orders.http, "op@example.com", json.loads(ran.printed)["password"])


@pytest.fixture
async def mei(shop: Seller) -> Person:
    """A seller of the shop with a password of her own, logged in."""
    return await (await seller_of(shop)).settle()


# --- users ----------------------------------------------------------------------------------------------------------


async def test_a_one_time_password_opens_only_the_choice_of_another(shop: Seller) -> None:
    mei = await seller_of(shop)

    assert (await mei.log_in()).json()["password_to_be_changed"] is True
    assert (await mei.ask("GET", "/v1/orders")).status_code == 403
    await mei.settle()
    assert (await mei.ask("GET", "/v1/orders")).status_code == 200
    assert (await mei.ask("GET", "/v1/session")).json()["password_to_be_changed"] is False


async def test_an_e_mail_is_one_user_s_however_it_is_written(orders: Running, shop: Seller) -> None:
    mei = await seller_of(shop, "Mei@example.com")
    other = await open_shop(orders.pool, orders.service.clock, orders.http)

    for holder in (shop, other):
        again = await holder.post("/v1/users", {"email": "mEI@example.com", "name": "Mei"})
        assert (again.status_code, [error["field"] for error in again.json()["errors"]]) == (409, ["email"])
    mei.email = "MEI@example.com"
    assert (await mei.log_in()).status_code == 201


async def test_a_password_is_shown_once_and_kept_as_argon2id(orders: Running, shop: Seller) -> None:
    body, key = {"email": "mei@example.com", "name": "Mei"}, uuid4().hex

    first = await shop.post("/v1/users", body, key=key)
    again = await shop.post("/v1/users", body, key=key)

    assert again.json() == {**first.json(), "password": None}
    assert (await orders.pool.fetchval("SELECT password_hash FROM users")).startswith("$argon2id$")


async def test_a_seller_sees_and_changes_the_shop_and_an_admin_also_adds_users(shop: Seller, mei: Person) -> None:
    boss = await (await seller_of(shop, "boss@example.com", is_admin=True)).settle()

    assert (await mei.ask("POST", "/v1/orders", order_body())).status_code == 201
    assert (await mei.ask("GET", "/v1/users")).status_code == 403
    listed = (await boss.ask("GET", "/v1/users")).json()["users"]
    assert {user["email"]: user["is_admin"] for user in listed} == {"mei@example.com": False, "boss@example.com": True}
    assert (await boss.ask("POST", "/v1/keys", {"name": "Till", "scopes": ["read"]})).status_code == 201


async def test_a_disabled_user_is_out_at_once_and_cannot_come_back(shop: Seller, mei: Person) -> None:
    (user,) = (await shop.get("/v1/users")).json()["users"]

    answer = await shop.post(f"/v1/users/{user['id']}/disable")

    assert answer.status_code == 200
    assert answer.json()["disabled_at"].endswith("Z")
    assert (await mei.ask("GET", "/v1/orders")).status_code == 401
    assert (await mei.log_in()).status_code == 401


async def test_an_admin_cannot_disable_herself(shop: Seller) -> None:
    boss = await (await seller_of(shop, "boss@example.com", is_admin=True)).settle()
    (user,) = (await shop.get("/v1/users")).json()["users"]

    assert (await boss.ask("POST", f"/v1/users/{user['id']}/disable")).status_code == 409
    assert (await boss.ask("GET", "/v1/users")).status_code == 200


async def test_another_shop_s_user_is_unknown_and_stays(orders: Running, shop: Seller, mei: Person) -> None:
    other = await open_shop(orders.pool, orders.service.clock, orders.http)
    (user,) = (await shop.get("/v1/users")).json()["users"]

    answer = await other.post(f"/v1/users/{user['id']}/disable")

    assert answer.status_code == 404
    assert answer.json() == (await other.post(f"/v1/users/{uuid4()}/disable")).json()
    assert (await other.get("/v1/users")).json() == {"users": []}
    assert (await mei.ask("GET", "/v1/orders")).status_code == 200


async def test_an_operator_s_session_opens_what_the_operator_s_key_opens(orders: Running, mei: Person) -> None:
    person = await (await operator(orders)).settle()

    assert (await person.ask("GET", "/v1/books")).status_code == 200
    assert (await person.ask("GET", "/v1/orders")).status_code == 403
    assert (await mei.ask("GET", "/v1/books")).status_code == 403


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--email", "x", "--role", "operator"], "no e-mail address"),
        (["--email", "x@example.com", "--role", "seller"], "needs --shop"),
        (["--email", "x@example.com", "--role", "operator", "--shop", str(uuid4())], "needs --shop"),
        (["--email", "x@example.com", "--role", "operator", "--admin"], "needs --shop"),
        (["--email", "x@example.com", "--role", "seller", "--shop", str(uuid4())], "there is no shop"),
    ],
)
async def test_a_user_who_cannot_be_is_not_added(orders: Running, words: list[str], said: str) -> None:
    ran = await run_tool("orders", "users", "add", *words, environment=orders.environment)

    assert ran.status == 2
    assert said in ran.printed
    assert await orders.pool.fetchval("SELECT count(*) FROM users") == 0


async def test_the_operator_gives_out_another_password_and_disables(orders: Running, mei: Person) -> None:
    again = await run_tool("orders", "users", "password", "--email", "MEI@example.com", environment=orders.environment)

    assert (await mei.ask("GET", "/v1/session")).status_code == 401
    mei.password = json.loads(again.printed)["password"]
    assert (await mei.log_in()).json()["password_to_be_changed"] is True
    disabled = await run_tool("orders", "users", "disable", "--email", mei.email, environment=orders.environment)
    assert disabled.status == 0
    assert (await mei.log_in()).status_code == 401
    unknown = await run_tool("orders", "users", "password", "--email", mei.email, environment=orders.environment)
    assert unknown.status == 2


# --- sessions -------------------------------------------------------------------------------------------------------


async def test_a_session_s_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(mei: Person) -> None:
    cookie = SimpleCookie((await mei.log_in()).headers["set-cookie"])["waybill_session"]

    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"].lower() == "lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert len(cookie.value) >= 43  # 256 bits


async def test_a_setting_lets_cookies_go_without_tls(start: Starter) -> None:
    orders = await start("orders", secure_cookies=False)
    mei = await seller_of(await open_shop(orders.pool, orders.service.clock, orders.http))

    assert "secure" not in (await mei.log_in()).headers["set-cookie"].lower()


async def test_of_a_session_s_token_only_the_digest_is_kept(orders: Running, mei: Person) -> None:
    rows = await orders.pool.fetch("SELECT digest, s::text AS row FROM sessions AS s WHERE revoked_at IS NULL")

    assert [row["digest"] for row in rows] == [hashlib.sha256(mei.token.encode()).digest()]
    assert mei.token not in rows[0]["row"]
    assert mei.csrf not in rows[0]["row"]


async def test_a_session_ends_after_12_hours_without_use(clock: SteppedTime, mei: Person) -> None:
    for _ in range(3):
        clock.advance(hours=11, minutes=59)
        assert (await mei.ask("GET", "/v1/session")).status_code == 200
    clock.advance(hours=12)

    assert (await mei.ask("GET", "/v1/session")).status_code == 401


async def test_a_session_ends_14_days_after_the_log_in_however_much_it_is_used(clock: SteppedTime, mei: Person) -> None:
    until = clock.now + timedelta(days=14)
    while clock.advance(hours=8) < until:
        assert (await mei.ask("GET", "/v1/session")).status_code == 200

    assert (await mei.ask("GET", "/v1/session")).status_code == 401


async def test_after_logging_out_the_cookie_opens_nothing(mei: Person) -> None:
    answer = await mei.ask("DELETE", "/v1/session")

    assert answer.status_code == 204
    assert SimpleCookie(answer.headers["set-cookie"])["waybill_session"]["max-age"] == "0"
    assert (await mei.ask("GET", "/v1/session")).status_code == 401


async def test_another_password_ends_the_user_s_other_sessions(shop: Seller, mei: Person) -> None:
    elsewhere = Person(mei.http, mei.email, mei.password)
    await elsewhere.log_in()

    body = {"current": OWN, "new": "yet another of my own"}
    assert (await mei.ask("PUT", "/v1/users/me/password", body)).status_code == 204

    assert (await elsewhere.ask("GET", "/v1/session")).status_code == 401
    assert (await mei.ask("GET", "/v1/session")).status_code == 200
    assert (await mei.log_in(OWN)).status_code == 401
    assert (await mei.log_in("yet another of my own")).status_code == 201


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not my password", "yet another of my own", "current"),
        (OWN, "short", "new"),
        (OWN, OWN, "new"),
        (OWN, "mei@example.com", "new"),
        (OWN, "password1234", "new"),
        (OWN, "x7" * 101, "new"),
    ],
)
async def test_a_password_that_is_not_taken_changes_nothing(mei: Person, current: str, new: str, field: str) -> None:
    answer = await mei.ask("PUT", "/v1/users/me/password", {"current": current, "new": new})

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert (await mei.log_in(OWN)).status_code == 201


async def test_without_a_session_there_is_nothing_to_show(mei: Person) -> None:
    for token in ("", "x", mei.token[:-1], "%00", "ü"):
        mei.token = token
        assert (await mei.ask("GET", "/v1/session")).status_code == 401
        assert (await mei.ask("GET", "/v1/orders")).status_code == 401


# --- other sites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("csrf", ["", "x", "ü"])
async def test_a_change_that_a_cookie_alone_asks_for_is_refused(
    orders: Running, shop: Seller, mei: Person, csrf: str
) -> None:
    other = await (await seller_of(shop, "other@example.com")).settle()

    for token in (csrf, other.csrf):
        for method, path, body in (
            ("POST", "/v1/orders", order_body()),
            ("DELETE", "/v1/session", None),
            ("PUT", "/v1/users/me/password", {"current": OWN, "new": "yet another of my own"}),
        ):
            refused = await mei.ask(method, path, body, **{"x-csrf-token": token})
            assert (refused.status_code, refused.json()["title"]) == (403, "no CSRF token")
    assert await orders.pool.fetchval("SELECT count(*) FROM orders") == 0
    assert (await mei.ask("GET", "/v1/session")).json()["csrf_token"] == mei.csrf


async def test_a_key_needs_no_csrf_token_and_goes_before_a_cookie(shop: Seller, mei: Person) -> None:
    headers = {"x-csrf-token": "", "authorization": f"Bearer {shop.api_key}"}

    assert (await mei.ask("POST", "/v1/orders", order_body(), **headers)).status_code == 201
    assert (await mei.ask("GET", "/v1/orders", authorization="Bearer wb_wrong")).status_code == 401


async def test_a_form_of_another_site_logs_nobody_in(mei: Person) -> None:
    body = json.dumps({"email": mei.email, "password": mei.password})

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await mei.http.post("/v1/session", content=body, headers={"content-type": kind})
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers


# --- guessing -------------------------------------------------------------------------------------------------------


async def guess(person: Person, times: int) -> list[int]:
    """Try wrong passwords one after the other; gives the answers' statuses."""
    return [(await person.log_in(f"wrong password {n}")).status_code for n in range(times)]


async def test_after_five_failures_an_account_waits_longer_each_time_and_opens_again(
    clock: SteppedTime, mei: Person
) -> None:
    assert await guess(mei, 6) == [401] * 5 + [429]
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        mei.address = f"198.51.100.{seconds % 200}"  # another address does not help
        refused = await mei.log_in()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(seconds))
        clock.advance(seconds=seconds)
        assert await guess(mei, 1) == [401]
    clock.advance(minutes=15)
    mei.address = "192.0.2.77"

    assert (await mei.log_in()).status_code == 201
    assert await guess(mei, 5) == [401] * 5


async def test_an_address_that_tries_many_accounts_waits(clock: SteppedTime, mei: Person) -> None:
    stranger = Person(mei.http, "", "", address="203.0.113.9")
    for n in range(5):
        stranger.email = f"nobody{n}@example.com"
        assert await guess(stranger, 1) == [401]

    stranger.email, stranger.password = mei.email, mei.password
    assert (await stranger.log_in()).status_code == 429
    assert (await mei.log_in()).status_code == 201
    clock.advance(seconds=1)
    assert (await stranger.log_in()).status_code == 201


async def test_an_account_of_one_s_own_does_not_clear_an_address(clock: SteppedTime, mei: Person) -> None:
    stranger = Person(mei.http, "nobody@example.com", "", address=mei.address)
    await guess(stranger, 4)
    assert (await mei.log_in()).status_code == 201

    assert await guess(Person(mei.http, "noone@example.com", "", address=mei.address), 2) == [401, 429]


async def test_a_hundred_tries_at_once_are_a_hundred_tries(mei: Person) -> None:
    answers = await asyncio.gather(*(mei.log_in(f"wrong password {n}") for n in range(20)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_whoever_must_wait_is_not_verified(orders: Running, mei: Person) -> None:
    await guess(mei, 5)
    before = await orders.pool.fetch("SELECT * FROM login_tries ORDER BY who")

    assert (await mei.log_in()).status_code == 429

    assert await orders.pool.fetch("SELECT * FROM login_tries ORDER BY who") == before


async def test_the_current_password_cannot_be_guessed_by_whoever_has_the_session(mei: Person) -> None:
    tries = [{"current": f"wrong password {n}", "new": "yet another of my own"} for n in range(6)]

    answers = [(await mei.ask("PUT", "/v1/users/me/password", body)).status_code for body in tries]

    assert answers == [422] * 5 + [429]


async def test_an_unknown_e_mail_a_disabled_user_and_a_wrong_password_look_the_same(shop: Seller, mei: Person) -> None:
    gone = await (await seller_of(shop, "gone@example.com")).settle()
    user = next(one for one in (await shop.get("/v1/users")).json()["users"] if one["email"] == gone.email)
    await shop.post(f"/v1/users/{user['id']}/disable")
    unknown = Person(mei.http, "nobody@example.com", OWN)

    answers = [await mei.log_in("wrong password"), await gone.log_in(), await unknown.log_in()]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


async def test_what_was_typed_for_an_e_mail_is_kept_as_a_digest(orders: Running, mei: Person) -> None:
    await guess(Person(mei.http, "my-password@example.com", ""), 1)

    kept = [row["who"] for row in await orders.pool.fetch("SELECT who FROM login_tries")]

    assert kept
    assert all(len(who) == 32 for who in kept)

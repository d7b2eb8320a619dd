"""Who may come in: a seller's program by its API key, the operator by the operator's, people by their session."""

import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import Request

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from orders.access.keys import digest_of
from orders.access.scopes import Scope, allows, scopes_of_user
from orders.access.sessions import COOKIE, NOTED_EVERY, Session, find_session
from orders.access.users import Role
from orders.settings import OrdersSettings

sql = load_queries("orders")

#: Methods that change nothing: no CSRF token is needed for them, and `read` is enough.
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which shop, and what the caller may do there."""

    shop_id: UUID
    actor: str  #: For the record: ``key:Warehouse``, ``user:<id>``.
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator of the installation."""

    actor: str  #: For the record: ``operator`` for its key, ``user:<id>``.


class Gate:
    """Knows callers by what they send; its methods are dependencies of routes."""

    def __init__(self, service: Service, settings: OrdersSettings) -> None:
        self._service = service
        self._operator_key = settings.operator_key.get_secret_value().encode()

    async def reader(self, request: Request) -> Caller:
        """Let in who may see what is the shop's."""
        return await self._let_in(request, Scope.READ)

    async def writer(self, request: Request) -> Caller:
        """Let in who may change it."""
        return await self._let_in(request, Scope.WRITE)

    async def admin(self, request: Request) -> Caller:
        """Let in who may change keys, users and the policy."""
        return await self._let_in(request, Scope.ADMIN)

    async def seller(self, request: Request) -> Caller:
        """Let in who may do what the method does: see, or change."""
        return await self._let_in(request, Scope.READ if request.method in SAFE else Scope.WRITE)

    async def session(self, request: Request) -> Session:
        """Let in who is logged in, seller or operator, also before the one-time password is changed."""
        token = request.cookies.get(COOKIE)
        session = await find_session(self._service.pool, token, self._service.clock.now()) if token else None
        if session is None:
            raise Problem(401, "not authorised", "Log in with POST /v1/session: there is no session, or it is over.")
        sent = request.headers.get("x-csrf-token", "").encode()
        if request.method not in SAFE and not hmac.compare_digest(sent, session.csrf_token.encode()):
            raise Problem(403, "no CSRF token", "Send the csrf_token of GET /v1/session as X-CSRF-Token.")
        return session

    async def operator(self, request: Request) -> Operator:
        """Let the operator in, by the operator's key or the session of a user who is one."""
        if _came_by_session(request):
            session = await self._settled(request)
            if session.role != Role.OPERATOR:
                raise Problem(403, "operators only", "This is for the operator of the installation.")
            return Operator(f"user:{session.user_id}")
        _, _, key = request.headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(key.encode(), self._operator_key):
            raise Problem(401, "not authorised", "Send the operator's key as `Authorization: Bearer …`.")
        return Operator("operator")

    async def _let_in(self, request: Request, needed: Scope) -> Caller:
        """Let a shop's caller in: every one passes here."""
        caller = await (self._by_session(request) if _came_by_session(request) else self._by_key(request))
        if not allows(caller.scopes, needed):
            detail = f"This needs the scope `{needed}`: ask an admin of the shop for a key, or a user, that has it."
            raise Problem(403, f"scope {needed} needed", detail)
        return caller

    async def _by_key(self, request: Request) -> Caller:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and key
        row = await self._service.pool.fetchrow(sql.caller_of_key, digest_of(key)) if known else None
        if row is None:
            raise Problem(401, "not authorised", "Send the shop's API key as `Authorization: Bearer …`.")
        now, used = self._service.clock.now(), row["last_used_at"]
        if used is None or now - used >= NOTED_EVERY:
            await self._service.pool.execute(sql.key_was_used, row["id"], now, now - NOTED_EVERY)
        return Caller(row["shop_id"], f"key:{row['name']}", frozenset(map(Scope, row["scopes"])))

    async def _by_session(self, request: Request) -> Caller:
        session = await self._settled(request)
        if session.shop_id is None:
            raise Problem(403, "sellers only", "An operator has no shop: use the operator's routes.")
        return Caller(session.shop_id, f"user:{session.user_id}", scopes_of_user(session.is_admin))

    async def _settled(self, request: Request) -> Session:
        """Give the session of a user who has a password of the user's own choice."""
        session = await self.session(request)
        if session.one_time:
            detail = "Choose a password of your own first: PUT /v1/users/me/password."
            raise Problem(403, "password to be changed", detail)
        return session


def _came_by_session(request: Request) -> bool:
    """A key goes before a cookie, which a browser adds by itself."""
    return "authorization" not in request.headers and COOKIE in request.cookies

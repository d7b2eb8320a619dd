"""Keys, users and sessions by HTTP."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.access.hashing import Hashing
from orders.access.keys import KeyUnknown, LastAdminKey, make_key, revoke_key
from orders.access.logging_in import Logins, NotKnown, WaitFirst
from orders.access.passwords import make_one_time, weakness_of
from orders.access.sessions import COOKIE, LONGEST, Session, find_session
from orders.access.users import EmailTaken, Role, UserUnknown, add_user, disable_user
from orders.access.wall import for_shop
from orders.api import access_schemas as shown
from orders.api.answers import Answer
from orders.api.gate import Caller, Gate
from orders.api.requests import Asking, ShownOnce, asking
from orders.settings import OrdersSettings

sql = load_queries("orders")

#: What is said of a session is nobody else's to keep.
UNKEPT: Final = {"Cache-Control": "private, no-store"}


class TooManyTries(Problem):
    """An answer to whoever must wait."""

    def __init__(self, wait: WaitFirst) -> None:
        super().__init__(429, "wait first", f"Too many tries failed: try again in {wait.seconds} s.")
        self._seconds = wait.seconds

    def response(self) -> JSONResponse:
        """Give the HTTP answer."""
        answer = super().response()
        answer.headers["retry-after"] = str(self._seconds)
        return answer


def router(service: Service, gate: Gate, settings: OrdersSettings) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    router.include_router(_keys(service, gate))
    router.include_router(_users(service, gate, hashing := Hashing()))
    router.include_router(_sessions(service, gate, settings, Logins(service, hashing)))
    return router


def _keys(service: Service, gate: Gate) -> APIRouter:
    router = APIRouter(tags=["keys"])
    Admin = Annotated[Caller, Depends(gate.admin)]  # noqa: N806 - a type
    Change = Annotated[Asking, Depends(asking(service, gate, gate.admin))]  # noqa: N806 - a type

    @router.get("/v1/keys", response_model=shown.KeysShown)
    async def list_keys(caller: Admin) -> Any:
        """List the shop's API keys, revoked ones too."""
        async with for_shop(service, caller.shop_id) as tx:
            return {"keys": [dict(row) for row in await tx.connection.fetch(sql.list_keys, caller.shop_id)]}

    @router.post("/v1/keys", status_code=201, response_model=shown.KeyMade)
    async def add_key(body: shown.KeyGiven, change: Change) -> Any:
        """Make another API key; it is shown this once."""

        async def work(tx: Transaction) -> Answer:
            key_id, key = await make_key(tx, change.shop_id, body.name, body.scopes)
            made = shown.KeyMade(**await tx.connection.fetchrow(sql.find_key, change.shop_id, key_id), key=None)
            return 201, ShownOnce(made, made.model_copy(update={"key": key}))

        return await change.once(work)

    @router.post("/v1/keys/{key_id}/revoke", response_model=shown.KeyShown)
    async def revoke(key_id: UUID, change: Change) -> Any:
        """End an API key, for good; the last one with the scope `admin` stays."""

        async def work(tx: Transaction) -> Answer:
            try:
                return 200, shown.KeyShown(**await revoke_key(tx, change.shop_id, key_id, change.actor))
            except KeyUnknown:
                raise Problem(404, "unknown key", "This shop has no API key with that id.") from None
            except LastAdminKey:
                detail = "This is the shop's last key with the scope `admin`: make another one first."
                raise Problem(409, "last admin key", detail) from None

        return await change.once(work)

    return router


def _users(service: Service, gate: Gate, hashing: Hashing) -> APIRouter:
    router = APIRouter(tags=["users"])
    Admin = Annotated[Caller, Depends(gate.admin)]  # noqa: N806 - a type
    Change = Annotated[Asking, Depends(asking(service, gate, gate.admin))]  # noqa: N806 - a type

    @router.get("/v1/users", response_model=shown.UsersShown)
    async def list_users(caller: Admin) -> Any:
        """List the shop's users, disabled ones too."""
        async with for_shop(service, caller.shop_id) as tx:
            return {"users": [dict(row) for row in await tx.connection.fetch(sql.list_users, caller.shop_id)]}

    @router.post("/v1/users", status_code=201, response_model=shown.UserMade)
    async def add(body: shown.UserGiven, change: Change) -> Any:
        """Add a seller to the shop; the password to log in with once is shown this once."""
        password = make_one_time()
        made = await hashing.make(password)

        async def work(tx: Transaction) -> Answer:
            try:
                row = await add_user(
                    tx,
                    email=body.email,
                    name=body.name,
                    password_hash=made,
                    role=Role.SELLER,
                    shop_id=change.shop_id,
                    is_admin=body.is_admin,
                )
            except EmailTaken:
                errors = [{"field": "email", "message": "is a user's already"}]
                detail = "Somebody logs in with this e-mail already: use another one."
                raise Problem(409, "e-mail in use", detail, errors) from None
            user = shown.UserMade(**row, password=None)
            return 201, ShownOnce(user, user.model_copy(update={"password": password}))

        return await change.once(work)

    @router.post("/v1/users/{user_id}/disable", response_model=shown.UserShown)
    async def disable(user_id: UUID, change: Change) -> Any:
        """Let a user in no more, and end the user's sessions."""

        async def work(tx: Transaction) -> Answer:
            if change.actor == f"user:{user_id}":
                raise Problem(409, "not yourself", "You would lock yourself out: have another admin do it.")
            try:
                return 200, shown.UserShown(**await disable_user(tx, change.shop_id, user_id, change.actor))
            except UserUnknown:
                raise Problem(404, "unknown user", "This shop has no user with that id.") from None

        return await change.once(work)

    return router


def _sessions(service: Service, gate: Gate, settings: OrdersSettings, logins: Logins) -> APIRouter:
    router = APIRouter(tags=["sessions"])
    LoggedIn = Annotated[Session, Depends(gate.session)]  # noqa: N806 - a type

    def address_of(request: Request) -> str:
        named = request.headers.get(settings.address_header) if settings.address_header else None
        return named or (request.client.host if request.client else "")

    @router.post("/v1/session", status_code=201, response_model=shown.SessionShown)
    async def log_in(body: shown.LoginGiven, request: Request, response: Response) -> Any:
        """Log in: the answer sets the session's cookie."""
        try:
            token = await logins.log_in(body.email, body.password.get_secret_value(), address_of(request))
        except WaitFirst as wait:
            raise TooManyTries(wait) from None
        except NotKnown:
            raise Problem(401, "not authorised", "The e-mail or the password is wrong.") from None
        session = await find_session(service.pool, token, service.clock.now())
        if session is None:
            raise Problem(401, "not authorised", "The e-mail or the password is wrong.")
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(LONGEST.total_seconds()),
            path="/",
            secure=settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
        response.headers.update(UNKEPT)
        return _shown(session)

    @router.get("/v1/session", response_model=shown.SessionShown)
    async def show_session(session: LoggedIn, response: Response) -> Any:
        """Show who is logged in, and the CSRF token of the session."""
        response.headers.update(UNKEPT)
        return _shown(session)

    @router.delete("/v1/session", status_code=204)
    async def log_out(session: LoggedIn) -> Response:
        """Log out: the session is over, whoever has its cookie."""
        async with service.transaction() as tx:
            await tx.connection.execute(sql.revoke_session, session.digest, tx.now)
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")
        return answer

    @router.put("/v1/users/me/password", status_code=204)
    async def change_password(body: shown.PasswordGiven, session: LoggedIn, request: Request) -> Response:
        """Choose another password; the user's other sessions are over."""
        current, new = body.current.get_secret_value(), body.new.get_secret_value()
        weakness = "must be another one" if new == current else weakness_of(new, session.email)
        if weakness:
            errors = [{"field": "new", "message": weakness}]
            raise Problem(422, "invalid request", f"Choose another password: the new one {weakness}.", errors)
        try:
            await logins.change_password(session, current, new, address_of(request))
        except WaitFirst as wait:
            raise TooManyTries(wait) from None
        except NotKnown:
            errors = [{"field": "current", "message": "is wrong"}]
            raise Problem(422, "invalid request", "The current password is wrong.", errors) from None
        return Response(status_code=204)

    return router


def _shown(session: Session) -> shown.SessionShown:
    user = shown.SessionUser(
        id=session.user_id,
        email=session.email,
        name=session.name,
        role=Role(session.role),
        shop_id=session.shop_id,
        is_admin=session.is_admin,
    )
    return shown.SessionShown(
        user=user,
        csrf_token=session.csrf_token,
        expires_at=session.expires_at,
        password_to_be_changed=session.one_time,
    )

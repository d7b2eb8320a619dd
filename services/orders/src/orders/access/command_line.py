"""What the operator types about users: the first one has nobody to be added by."""

import json
from argparse import _SubParsersAction
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import EmailStr, TypeAdapter, ValidationError

from chassis.clock import make_clock
from chassis.postgres import connected, load_queries
from chassis.transactions import begin
from orders.access.hashing import Hashing
from orders.access.passwords import make_one_time
from orders.access.users import EmailTaken, Role, add_user, end_sessions

sql = load_queries("orders")


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add ``users`` to the service's tool."""
    users = commands.add_parser("users", help="who logs in").add_subparsers(required=True, metavar="VERB")
    add = users.add_parser("add", help="add a user; prints a password to log in with once")
    add.add_argument("--email", required=True)
    add.add_argument("--role", required=True, type=Role, choices=list(Role), metavar="operator|seller")
    add.add_argument("--shop", type=UUID, help="a seller's shop, by its id")
    add.add_argument("--name", help="default: what stands before the @")
    add.add_argument("--admin", action="store_true", help="a seller who may add keys and users")
    add.set_defaults(run=_add)

    again = users.add_parser("password", help="print another password to log in with once; ends the user's sessions")
    again.add_argument("--email", required=True)
    again.set_defaults(run=_password)

    disable = users.add_parser("disable", help="let a user in no more")
    disable.add_argument("--email", required=True)
    disable.set_defaults(run=_disable)


def _database(settings: Any) -> Any:
    return connected(settings.database_url.get_secret_value(), "orders")


async def _add(settings: Any, options: Any) -> int:
    try:
        email = TypeAdapter(EmailStr).validate_python(options.email)
    except ValidationError:
        print(f"{options.email} is no e-mail address")
        return 2
    if (options.role is Role.SELLER) != (options.shop is not None) or (options.admin and options.shop is None):
        print("a seller needs --shop, and an operator has neither --shop nor --admin")
        return 2
    password = make_one_time()
    made = await Hashing().make(password)
    try:
        async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
            row = await add_user(
                tx,
                email=email,
                name=options.name or email.partition("@")[0],
                password_hash=made,
                role=options.role,
                shop_id=options.shop,
                is_admin=options.admin,
            )
    except EmailTaken:
        print(f"there is a user {email} already: `orders users password` prints another password")
        return 2
    except asyncpg.ForeignKeyViolationError:
        print(f"there is no shop {options.shop}: `orders shops add` prints a shop's id")
        return 2
    print(json.dumps({"user_id": str(row["id"]), "email": row["email"], "password": password}))
    return 0


async def _password(settings: Any, options: Any) -> int:
    password = make_one_time()
    made = await Hashing().make(password)
    async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
        user = await tx.connection.fetchrow(sql.user_by_email, options.email)
        if user is None:
            return _nobody(options.email)
        await tx.connection.execute(sql.set_password, user["id"], made, True)
        await end_sessions(tx, user["id"])
    print(json.dumps({"email": options.email, "password": password}))
    return 0


async def _disable(settings: Any, options: Any) -> int:
    async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
        user_id = await tx.connection.fetchval(sql.disable_by_email, options.email, tx.now, "operator")
        if user_id is None:
            return _nobody(options.email)
        await end_sessions(tx, user_id)
    print(json.dumps({"email": options.email, "disabled": True}))
    return 0


def _nobody(email: str) -> int:
    print(f"there is no user {email}, or the user is disabled")
    return 2

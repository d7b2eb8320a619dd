"""The walls between shops: the queries' own, on every route, and PostgreSQL's behind them, on every table."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi.routing import iter_route_contexts
from PIL import Image

from chassis.postgres import load_queries
from orders.access.wall import beyond, for_shop, has_a_gap
from service.orders.conftest import Api
from support.selling import Seller, open_shop
from support.servers import Servers

#: Tables that name a shop or an order, and have no wall, each for a reason.
UNWALLED: Final = {
    "claimed_numbers": "a number that another shop's order holds must be seen to be taken, and says nothing else",
    "order_search": "@@ is not leakproof: behind a wall its index would serve nobody; lists join it to walled orders",
}

#: Routes that no shop's key or session opens: whoever holds the link, the code or the buyer's token may look.
OTHER_DOORS: Final = ("/openapi.json", "/docs", "/redoc", "/v1/tracking/", "/t/", "/v1/buyer", "POST /v1/session")

#: Routes that change nothing, although their method is one that may: `read` is enough.
ONLY_LOOKING: Final = {("POST", "/v1/inserts/check"), ("POST", "/v1/orders/bulk/export")}

EVERY: Final = "every"  #: Among the ids that a body is made of: have it name ids also where it need not.

#: Path parameters that are no id of one shop: the same value means something in every shop.
COMMON: Final = {"parcel": "1", "sku": "SKU-9", "version": "1"}


@dataclass
class Shop:
    """A shop with one of everything."""

    seller: Seller
    word: str  #: Stands in every name that it has given to anything.
    ids: dict[str, str] = field(default_factory=dict)


async def furnish(api: Api, word: str) -> Shop:
    """Open a shop that has something behind every id that a path may name."""
    seller = await open_shop(api.running.pool, api.running.service.clock, api.running.http, name=f"{word} shop")
    address = {"lines": [f"1 {word} Road"], "city": word, "postcode": "018956", "country": "SG"}
    order = await seller.place(
        number=f"{word}-{uuid4().hex[:8]}",
        buyer={"name": f"{word} Quill", "email": f"{word}@example.com", "phone": "+65 6123 4567"},
        lines=[{"sku": word, "title": f"{word} bead", "quantity": 1, "unit_price": "32.00"}],
        shipping_fee="0.00",
        address=address,
    )
    await seller.bind(order["id"], f"{word}{uuid4().hex[:8]}")
    await seller.act(order["id"], "cancel", by="seller", reason=f"{word} is sold out")  # refunded at once (R13)
    key = (await seller.post("/v1/keys", {"name": f"{word} key", "scopes": ["write"]})).json()
    user = await seller.post("/v1/users", {"email": f"{word}-{uuid4().hex[:8]}@example.com", "name": word})
    store = {"name": f"{word} store", "zone": "Asia/Singapore", "address": address}
    location = await seller.post("/v1/locations", store)
    assert location.status_code == 201, location.text
    refund = await api.running.pool.fetchval("SELECT id FROM refunds WHERE order_id = $1", UUID(order["id"]))
    ids = {"order_id": order["id"], "key_id": key["id"], "user_id": user.json()["id"], "refund_id": str(refund)}
    ids["location_id"] = ids["place"] = location.json()["id"]
    ids["file_id"] = ids["photos"] = ids["evidence"] = await _upload(seller, "photo", word)
    ids["file"] = await _upload(seller, "label", word)
    ids |= await _put_in_directly(api.running.pool, UUID(order["id"]))
    return Shop(seller, word, ids)


async def _put_in_directly(pool: Any, order_id: UUID) -> dict[str, str]:
    """Put in what takes a long story to come about by requests; nobody of that shop looks at it."""
    cases = {what: uuid4() for what in ("request", "return", "complaint")}
    for what, case_id in cases.items():
        await pool.execute(
            "INSERT INTO cases (id, order_id, what, state, opened_at, body) VALUES ($1, $2, $3, 'open', now(), '{}')",
            *(case_id, order_id, what),
        )
    links = "INSERT INTO tracking_links VALUES (sha256($1), $2, now() + interval '1 day')"
    await pool.execute(links, uuid4().bytes, order_id)
    proposal = "INSERT INTO proposals VALUES ($1, $2, now() + interval '300 days', '{}')"
    await pool.execute(proposal, uuid4(), order_id)
    return {f"{what}_id": str(one) for what, one in cases.items()}


async def _upload(seller: Seller, kind: str, colour: str) -> str:
    """Upload a picture; gives its id."""
    picture = BytesIO()
    Image.new("RGB", (40, 20), "#ffbf00" if colour == "amber" else "#cd7f32").save(picture, "PNG")
    headers = {**seller.headers, "content-type": "image/png", "idempotency-key": uuid4().hex}
    query = {"kind": kind}
    answer = await seller.http.post("/v1/files", params=query, content=picture.getvalue(), headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
async def theirs(api: Api) -> Shop:
    """The other shop."""
    return await furnish(api, "amber")


@pytest.fixture(scope="module")
async def mine(api: Api) -> Shop:
    """The shop that asks."""
    return await furnish(api, "bronze")


# --- the first wall: every route --------------------------------------------------------------------------------------


@dataclass
class Route:
    """One way to ask for something, as the OpenAPI document describes it."""

    method: str
    path: str
    doors: set[str]
    operation: dict[str, Any]

    def parameters(self, where: str) -> list[dict[str, Any]]:
        """Give the parameters of the path or of the query."""
        return [one for one in self.operation.get("parameters", []) if one["in"] == where]

    @property
    def is_for_shops(self) -> bool:
        """Say whether a shop's key opens it."""
        return bool(self.doors & {"reader", "writer", "admin", "seller"})


def _doors(dependant: Any) -> Iterator[str]:
    """Give the names of the methods of the gate that a route passes."""
    for one in dependant.dependencies:
        name = getattr(one.call, "__qualname__", "")
        if name.startswith("Gate."):
            yield name.removeprefix("Gate.")
        yield from _doors(one)


def _routes(api: Api) -> tuple[list[Route], dict[str, Any]]:
    app = api.running.service._servers[0]._app
    document = app.openapi()
    found = []
    for context in iter_route_contexts(app.routes):
        path, dependant = str(context.path), getattr(context, "dependant", None)
        for method in sorted((context.methods or set()) - {"HEAD"}):
            doors = set(_doors(dependant)) if dependant else set()
            operation = document["paths"].get(path.replace(":path}", "}"), {}).get(method.lower(), {})
            found.append(Route(method, path.replace(":path}", "}"), doors, operation))
    return found, document.get("components", {}).get("schemas", {})


def _sample(schema: dict[str, Any], schemas: dict[str, Any], ids: dict[str, str], name: str = "") -> Any:
    """Make a value that *schema* takes, with ids out of *ids* wherever it takes an id."""
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, ids, name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            first = next(one for one in schema[several] if one.get("type") != "null")
            return _sample(first, schemas, ids, name)
    if "example" in schema or schema.get("examples"):
        return schema.get("example") or schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = set(schema.get("required", ()))
            properties = schema.get("properties", {})
            if EVERY in ids:
                wanted |= {name for name, one in properties.items() if '"uuid"' in json.dumps(one)}
            return {key: _sample(properties[key], schemas, ids, key) for key in properties if key in wanted}
        case "array":
            count = max(schema.get("minItems", 0), int(EVERY in ids and '"uuid"' in json.dumps(schema)))
            return [_sample(schema["items"], schemas, ids, name) for _ in range(count)]
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case "string":
            return _sample_text(schema, ids, name)
    return {}


def _sample_text(schema: dict[str, Any], ids: dict[str, str], name: str) -> str:
    if name == "zone":
        return "Asia/Singapore"
    match schema.get("format"):
        case "uuid":
            return ids.get(name) or ids.get(f"{name.removesuffix('s')}_id") or ids["order_id"]
        case "date-time":
            return "2026-03-02T12:00:00Z"
        case "email":
            return "someone@example.com"
    candidates = ("SKU-9", "SG", "en", "1", "12.50", "SGD", "018956", "Asia/Singapore", "words", "a" * 64, "123456")
    fitting = (text for text in candidates if re.search(schema.get("pattern", ""), text))
    return next(text for text in fitting if len(text) >= schema.get("minLength", 0))


#: Bodies that cannot be made of the schema alone, by the end of the path.
BODIES: Final[dict[str, Any]] = {}
CSV: Final = {"import": "sku,on_hand\nSKU-9,1\n"}


async def _ask(
    seller: Seller, route: Route, schemas: dict[str, Any], in_path: dict[str, str], ids: dict[str, str]
) -> httpx.Response:
    path = route.path.format_map({**COMMON, **in_path})
    query = {one["name"]: _sample(one["schema"], schemas, ids) for one in route.parameters("query") if one["required"]}
    headers = {**seller.headers, "idempotency-key": uuid4().hex}
    content = route.operation.get("requestBody", {}).get("content", {})
    last = route.path.rsplit("/", 1)[-1]
    if "application/json" in content:
        body = BODIES.get(last) or _sample(content["application/json"]["schema"], schemas, ids)
        return await seller.http.request(route.method, path, params=query, headers=headers, json=body)
    if "text/csv" in content:
        headers["content-type"] = "text/csv"
        return await seller.http.request(route.method, path, params=query, headers=headers, content=CSV[last])
    return await seller.http.request(route.method, path, params=query, headers=headers)


def _ids_in(route: Route) -> list[str]:
    """Give the names of the path's ids."""
    named = re.findall(r"\{(\w+)\}", route.path)
    return [name for name in named if name not in COMMON]


def _takes_ids(route: Route, schemas: dict[str, Any]) -> bool:
    content = route.operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return False
    marker = str(uuid4())
    ids = {"order_id": marker, EVERY: ""}
    return marker in json.dumps(_sample(content["schema"], schemas, ids))


def _tells(answer: httpx.Response, theirs: Shop) -> list[str]:
    """Give the words of the other shop that an answer has and the request had not."""
    asked = str(answer.request.url) + answer.request.content.decode("latin-1")
    words = [theirs.word, theirs.seller.shop_id, *theirs.ids.values()]
    return [word for word in words if word in answer.text.lower() and word not in asked.lower()]


async def _rows_of(api: Api, shop_id: str) -> dict[str, list[str]]:
    """Give every row that a shop can see, by table."""
    async with for_shop(api.running.service, UUID(shop_id)) as tx:
        return {
            table: sorted(
                row["row"] for row in await tx.connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t")
            )
            for table in await _walled(tx.connection)
        }


async def _walled(connection: Any) -> list[str]:
    found = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY relname"
    )
    return [row["relname"] for row in found]


async def test_a_key_that_may_only_read_changes_nothing_by_any_route(api: Api, mine: Shop) -> None:
    routes, schemas = _routes(api)
    made = await mine.seller.post("/v1/keys", {"name": "Screen", "scopes": ["read"]})
    reader = Seller(mine.seller.http, mine.seller.shop_id, made.json()["key"])

    wrong = []
    for route in routes:
        if route.is_for_shops and route.method != "GET" and (route.method, route.path) not in ONLY_LOOKING:
            answer = await _ask(reader, route, schemas, mine.ids, mine.ids)
            if answer.status_code != 403 or "needed" not in answer.json()["title"]:
                wrong.append(f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}")

    assert not wrong, "\n".join(wrong)


async def test_every_route_has_a_door(api: Api) -> None:
    routes, _ = _routes(api)
    open_ones = [
        f"{route.method} {route.path}"
        for route in routes
        if not route.doors and not f"{route.method} {route.path}".startswith(OTHER_DOORS)
        if not route.path.startswith(OTHER_DOORS)
    ]

    assert not open_ones, "these ask nobody who is there: give them a door of the Gate, or name them in OTHER_DOORS"


async def test_whatever_a_shop_asks_with_another_shop_s_ids_is_unknown_and_changes_nothing(
    api: Api, mine: Shop, theirs: Shop
) -> None:
    routes, schemas = _routes(api)
    before = await _rows_of(api, theirs.seller.shop_id)
    asked = [route for route in routes if route.is_for_shops and _ids_in(route)]
    lacking = {name for route in asked for name in _ids_in(route)} - theirs.ids.keys()
    assert not lacking, "say in `furnish` how the other shop comes by these, or in COMMON that they are no ids"

    wrong = []
    for route in asked:
        unknown = {name: str(uuid4()) for name in theirs.ids}
        answer = await _ask(mine.seller, route, schemas, theirs.ids, mine.ids)
        alike = await _ask(mine.seller, route, schemas, unknown, mine.ids)
        if answer.status_code != 404 or _tells(answer, theirs):
            wrong.append(f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}")
        elif _blind(answer, theirs.ids) != _blind(alike, unknown):
            wrong.append(f"{route.method} {route.path} tells a stranger's id from one that is not there: {alike.text}")

    assert not wrong, "\n".join(wrong)
    assert await _rows_of(api, theirs.seller.shop_id) == before
    assert ("GET", "/v1/orders/{order_id}") in [(route.method, route.path) for route in asked]


def _blind(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, str]:
    """Give an answer without the ids that were sent."""
    text = answer.text
    for value in ids.values():
        text = text.replace(value, "…")
    return answer.status_code, text


async def test_another_shop_s_id_beside_an_order_of_one_s_own_changes_nothing(
    api: Api, mine: Shop, theirs: Shop
) -> None:
    routes, schemas = _routes(api)
    before = await _rows_of(api, theirs.seller.shop_id)
    order = await mine.seller.place()

    wrong = []
    for route in routes:
        if route.is_for_shops and "order_id" in _ids_in(route) and len(_ids_in(route)) > 1:
            answer = await _ask(mine.seller, route, schemas, {**theirs.ids, "order_id": order["id"]}, mine.ids)
            if not 400 <= answer.status_code < 500 or _tells(answer, theirs):
                wrong.append(f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}")

    assert not wrong, "\n".join(wrong)
    assert await _rows_of(api, theirs.seller.shop_id) == before


async def test_another_shop_s_ids_in_a_body_change_nothing(api: Api, mine: Shop, theirs: Shop) -> None:
    routes, schemas = _routes(api)
    before = await _rows_of(api, theirs.seller.shop_id)

    wrong = []
    for route in routes:
        if route.is_for_shops and route.method != "GET" and _takes_ids(route, schemas):
            order = await mine.seller.place()
            answer = await _ask(
                mine.seller, route, schemas, {**mine.ids, "order_id": order["id"]}, {**theirs.ids, EVERY: ""}
            )
            if answer.status_code >= 500 or _tells(answer, theirs):
                wrong.append(f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}")

    assert not wrong, "\n".join(wrong)
    assert await _rows_of(api, theirs.seller.shop_id) == before


async def test_what_a_shop_lists_has_no_word_of_another(api: Api, seller: Seller, theirs: Shop) -> None:
    routes, schemas = _routes(api)
    wrong, seen = [], 0
    for route in routes:
        if route.is_for_shops and route.method == "GET" and not _ids_in(route):
            answer = await _ask(seller, route, schemas, theirs.ids, theirs.ids)
            seen += answer.status_code == 200
            if answer.status_code >= 500 or _tells(answer, theirs):
                wrong.append(f"{route.path}: {answer.status_code} {answer.text[:200]}")

    assert not wrong, "\n".join(wrong)
    assert seen >= 3


async def test_a_shop_s_key_opens_nothing_of_the_operator_s(api: Api, seller: Seller, theirs: Shop) -> None:
    routes, schemas = _routes(api)
    known = {**theirs.ids, "shop_id": theirs.seller.shop_id}
    for route in routes:
        if "operator" in route.doors:
            answer = await _ask(seller, route, schemas, known, known)
            assert answer.status_code == 401, f"{route.method} {route.path}: {answer.status_code}"
            assert theirs.word not in answer.text.lower()


# --- the second wall: every table -------------------------------------------------------------------------------------


async def test_every_table_with_a_shop_s_rows_is_walled_off(api: Api) -> None:
    naming = await api.running.pool.fetch(
        "SELECT DISTINCT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
        " AND a.attname IN ('shop_id', 'order_id') AND NOT a.attisdropped"
    )
    tables = {row["relname"] for row in naming}
    walled = set(await _walled(api.running.pool))

    assert {"orders", "buyers", "scans", "api_keys", "users"} <= tables & walled
    open_ones = tables - walled
    assert open_ones == UNWALLED.keys() & tables, "call wall_off in their migration, or give a reason in UNWALLED"


async def test_a_wall_asks_for_the_shop_that_the_transaction_was_opened_for(api: Api) -> None:
    policies = await api.running.pool.fetch("SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies")

    assert {row["tablename"] for row in policies} == set(await _walled(api.running.pool))
    for row in policies:
        assert (row["policyname"], row["cmd"], row["with_check"]) == ("shop_wall", "ALL", None)
        assert "SELECT walled_shop()" in row["qual"]


async def test_behind_its_wall_a_shop_sees_no_row_of_another(api: Api, seller: Seller, theirs: Shop) -> None:
    await seller.place()
    mine = await _rows_of(api, seller.shop_id)
    others = await _rows_of(api, theirs.seller.shop_id)

    for table in ("orders", "buyers", "parcels", "history", "policies", "api_keys", "idempotency_keys", "shops"):
        assert mine[table], table
        assert others[table], table
    for table in ("bindings", "refunds", "users", "proposals", "tracking_links"):
        assert others[table], table
    assert {table for table in mine if set(mine[table]) & set(others[table])} == set()


async def test_a_shop_is_refused_another_s_rows_whatever_its_statements_say(
    api: Api, seller: Seller, theirs: Shop
) -> None:
    shop_id, refused = UUID(seller.shop_id), 0
    for table, rows in (await _rows_of(api, theirs.seller.shop_id)).items():
        if not rows:
            continue
        async with for_shop(api.running.service, UUID(theirs.seller.shop_id)) as tx:
            place = await tx.connection.fetchval(f"SELECT ctid::text FROM {table} LIMIT 1")
        columns = await api.running.pool.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            table,
        )
        names = ", ".join(row["attname"] for row in columns)
        async with for_shop(api.running.service, shop_id) as tx:
            for change in (f"UPDATE {table} SET {columns[0]['attname']} = DEFAULT", f"DELETE FROM {table}"):
                done = await tx.connection.execute(f"{change} WHERE ctid = '{place}'::tid")
                assert done.split()[-1] == "0", f"{change}: {done}"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with for_shop(api.running.service, shop_id) as tx:
                await tx.connection.execute(
                    f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
                    f" SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)",
                    rows[0],
                )
        refused += 1
    assert refused > 10


async def test_a_row_of_one_s_own_cannot_be_given_to_another_shop(api: Api, seller: Seller, theirs: Shop) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with for_shop(api.running.service, UUID(seller.shop_id)) as tx:
            await tx.connection.execute("UPDATE api_keys SET shop_id = $1", UUID(theirs.seller.shop_id))


async def test_the_wall_is_gone_with_its_transaction_and_open_for_the_books_alone(api: Api, seller: Seller) -> None:
    async def shops(connection: Any) -> int:
        return int(await connection.fetchval("SELECT count(*) FROM shops"))

    await api.shop()
    every = await shops(api.running.pool)
    async with for_shop(api.running.service, UUID(seller.shop_id)) as tx:
        assert await shops(tx.connection) == 1
        async with beyond(tx, UUID(seller.shop_id)):
            assert await shops(tx.connection) == every
        assert await shops(tx.connection) == 1
        with pytest.raises(ValueError, match="a failure"):
            await _fail_beyond(tx, seller)
        assert await shops(tx.connection) == 1
    async with api.running.pool.acquire() as connection:
        assert await shops(connection) == every


async def _fail_beyond(tx: Any, seller: Seller) -> None:
    async with beyond(tx, UUID(seller.shop_id)):
        raise ValueError("a failure")


async def test_a_number_that_another_shop_s_order_holds_is_refused_through_both_walls(seller: Seller, api: Api) -> None:
    number = f"NV{uuid4().hex[:8]}"
    other = await api.shop()
    await other.bind((await other.place())["id"], number)
    mine = await seller.place()

    answer = await seller.post(
        f"/v1/orders/{mine['id']}/parcels/1/tracking", {"carrier": "Ninja Van", "number": number}, method="PUT"
    )

    assert (answer.status_code, answer.json()["title"]) == (409, "tracking number in use")


# --- what the second wall costs ---------------------------------------------------------------------------------------


@asynccontextmanager
async def _without_seqscans(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET enable_seqscan = off")
        yield connection
    finally:
        await connection.close()


async def _read_whole(connection: Any, query: str) -> set[str]:
    """Give the tables that a query reads from one end to the other, as no index serves it."""
    values = [None] * max((int(number) for number in re.findall(r"\$(\d+)", query)), default=0)
    plan = json.loads(await connection.fetchval(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {query}", *values))
    found: set[str] = set()

    def look(node: Any) -> None:
        start = {"Index Only Scan": "Index Cond", "Bitmap Heap Scan": "Recheck Cond", "Seq Scan": ""}
        if start.get(node["Node Type"], "Node Type") not in node:
            found.add(node["Relation Name"])
        for one in node.get("Plans", ()):
            look(one)

    look(plan[0]["Plan"])
    return found


async def test_the_wall_takes_no_index_from_any_query(api: Api, servers: Servers) -> None:
    name = await api.running.pool.fetchval("SELECT current_database()")
    queries = {
        name: text
        for name, text in load_queries("orders")._texts.items()
        if re.match(r"(--[^\n]*\n)*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", text) and not re.search(r"(?<!:):[a-z]", text)
    }
    assert len(queries) > 40
    slower = {}
    async with (
        _without_seqscans(api.running.database_url) as walled,
        _without_seqscans(servers.postgres.url(name)) as free,
    ):
        assert await has_a_gap(free) is not None
        for query, text in queries.items():
            more = await _read_whole(walled, text) - await _read_whole(free, text)
            if more:
                slower[query] = more

    assert slower == {}


async def test_the_wall_is_asked_about_once_for_a_query_and_not_for_each_row(api: Api, seller: Seller) -> None:
    ids = [UUID((await seller.place())["id"]) for _ in range(3)]
    query = "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM parcels WHERE order_id = ANY ($1::uuid[])"
    async with for_shop(api.running.service, UUID(seller.shop_id)) as tx:
        plan = json.loads(await tx.connection.fetchval(query, ids))[0]["Plan"]

    asked = [node["Actual Loops"] for node in _nodes(plan) if node.get("Parent Relationship") == "InitPlan"]
    assert plan["Actual Rows"] == 3
    assert asked
    assert max(asked) == 1


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for one in node.get("Plans", ()):
        yield from _nodes(one)


async def test_readiness_says_that_the_role_sees_through_the_wall(api: Api, servers: Servers) -> None:
    assert await has_a_gap(api.running.pool) is None
    assert "wall between shops" not in await api.running.wrong()

    connection = await asyncpg.connect(servers.postgres.url())
    try:
        assert await has_a_gap(connection) is not None
    finally:
        await connection.close()

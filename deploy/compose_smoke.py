"""`make compose-smoke`: builds the deployment, starts it, follows one order through it, and takes it down again.

It has a project name, secrets, ports and volumes of its own, so that a deployment on the same machine is left alone.
Needs Docker with `docker compose` or docker-compose (1.29 or newer), and nothing of Python but Python.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("orders", "carrier-adapter", "deadline-watcher", "notifier")
OWN = ("COMPOSE_", "WAYBILL_", "POSTGRES_", "PROVISIONER_", *(f"{s.upper().replace('-', '_')}_" for s in SERVICES))
BUILT_WITHIN, STARTED_WITHIN, READY_WITHIN, SEEN_WITHIN = 1200, 300, 90, 60  #: Seconds.
MOST_RESTARTS = 3  #: Of one container, before it is given up.

T = TypeVar("T")


class Failure(Exception):
    """Something did not hold; *service* is whose logs may tell why."""

    def __init__(self, sentence: str, service: str | None = None) -> None:
        super().__init__(sentence)
        self.service = service


def run(
    *command: str, within: float = 60, env: dict[str, str] | None = None, ok: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; raises `Failure` with what it said if it fails and *ok* is asked for."""
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, timeout=within, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Failure(f"`{' '.join(command)}` took longer than {within:.0f} s") from None
    if ok and done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-40:])
        raise Failure(f"`{' '.join(command)}` ended with status {done.returncode}:\n{said}")
    return done


def wait(what: str, probe: Callable[[], T | None], within: float, service: str | None = None) -> T:
    """Ask *probe* until it gives something; raises `Failure` if it does not in time."""
    give_up = time.monotonic() + within
    while True:
        if (found := probe()) is not None:
            return found
        if time.monotonic() > give_up:
            raise Failure(f"{what}: not within {within:.0f} s", service)
        time.sleep(0.5)


def checked(sentence: str) -> None:
    """Say what held."""
    print(f"  ok  {sentence}", flush=True)


class Deployment:
    """The deployment under test: one compose project."""

    def __init__(self, compose: list[str], folder: Path, docker_info: str) -> None:
        self.project = f"waybill-smoke-{secrets.token_hex(4)}"
        self.folder = folder
        self.rootless = "rootless" in docker_info
        self.ports = dict(zip(("orders", "feeds", "mail"), free_ports(3), strict=True))
        self._compose = [*compose, "--ansi", "never", "-p", self.project, "--env-file", str(folder / ".env")]
        self._env = {name: value for name, value in os.environ.items() if not name.startswith(OWN)} | {
            "WAYBILL_NATS_CONF": str(folder / "secrets" / "nats.conf"),
            "WAYBILL_ADDRESS": "127.0.0.1",
            **{f"WAYBILL_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }

    def compose(self, *words: str, within: float = 60, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run compose on this project."""
        return run(*self._compose, *words, within=within, env=self._env, ok=ok)

    def tool(self, service: str, *words: str) -> Any:
        """Run a service's command line inside its container; gives what it printed, as JSON."""
        return json.loads(self.compose("exec", "-T", service, service, *words).stdout)

    def make_secrets(self) -> None:
        """Make .env and nats.conf, with the image of the provisioner: this machine may have no package of ours."""
        image = f"{self.project}-secrets"
        run("docker", "build", "--build-arg", "SERVICE=chassis", "-t", image, ".", within=BUILT_WITHIN)
        # In a rootless Docker root is whoever runs it.
        user = [] if self.rootless else ["--user", f"{os.getuid()}:{os.getgid()}"]
        mounts = ["-v", f"{ROOT / 'deploy'}:/deploy:ro", "-v", f"{self.folder}:/made"]
        try:
            run("docker", "run", "--rm", *user, *mounts, image, "python", "/deploy/make_env.py", "--folder", "/made")
        finally:
            run("docker", "image", "rm", image, ok=False)

    def ready(self, service: str) -> bool | None:
        """Ask a service's /readyz inside its container; raises `Failure` if the container keeps falling over."""
        if self.compose("exec", "-T", service, "ready", ok=False).returncode == 0:
            return True
        container = self.compose("ps", "-q", service, ok=False).stdout.strip()
        restarts = run("docker", "inspect", "--format", "{{.RestartCount}}", container, ok=False).stdout.strip()
        if restarts.isdigit() and int(restarts) >= MOST_RESTARTS:
            raise Failure(f"{service} was started {int(restarts) + 1} times and does not stay up", service)
        return None

    def show(self, service: str | None) -> None:
        """Print what may tell why something failed."""
        if not self._known():
            return
        for words in (("ps", "-a"), ("logs", "--no-color", "--tail", "60", *([service] if service else []))):
            said = self.compose(*words, ok=False)
            print(f"--- {' '.join(words)}\n{said.stdout}{said.stderr}".replace("\033[2K", ""), file=sys.stderr)

    def remove(self) -> None:
        """Take everything down: containers, networks, volumes, images."""
        if self._known():
            self.compose("down", "--volumes", "--remove-orphans", "--rmi", "local", "-t", "10", within=180)

    def _known(self) -> bool:
        """Say whether compose can have started anything: it reads the file only with its secrets."""
        return (self.folder / ".env").exists()


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on at this moment."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def find_compose() -> tuple[list[str], str]:
    """Give this machine's compose command, and what `docker info` says; exits with one sentence if there is none."""
    if shutil.which("docker") is None:
        stop("Docker is not installed, or not on the PATH: install Docker Engine and its compose plugin.")
    info = run("docker", "info", ok=False)
    if info.returncode:
        reason = (info.stderr.strip().splitlines() or ["it says nothing"])[-1]
        stop(f"The Docker daemon does not answer ({reason}): start it, or ask to be let into its group.")
    if run("docker", "compose", "version", ok=False).returncode == 0:
        return ["docker", "compose"], info.stdout
    if shutil.which("docker-compose") is None:
        stop("Docker is here, but neither `docker compose` nor docker-compose: install the compose plugin.")
    return ["docker-compose"], info.stdout


def stop(sentence: str) -> NoReturn:
    """End with one sentence."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Send a request; gives status and JSON, or 0 where nobody answered."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
    except OSError:
        return 0, None


ORDER = {
    "number": "SMOKE-1",
    "buyer": {"name": "Mei Tan", "email": "mei@example.com", "zone": "Asia/Singapore"},
    "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
    "lines": [{"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 1, "unit_price": "12.50"}],
    "currency": "SGD",
    "payment": {"method": "card", "prepaid": "12.50"},
    "fulfilment": {"type": "ship_by_seller"},
}


def follow_one_order(deployment: Deployment) -> None:
    """Place an order, have its carrier report it out for delivery, and find the mail that the buyer gets."""
    shop = deployment.tool("orders", "shops", "add", "--name", "Smoke shop", "--email", "seller@example.com")
    account = deployment.tool(
        *("carrier-adapter", "accounts", "add", "--name", "smoke", "--carrier", "Ninja Van"),
        *("--format", "ninjavan-webhook", "--zone", "Asia/Singapore"),
    )
    checked("a shop and a carrier account were added inside the containers")

    api = f"http://127.0.0.1:{deployment.ports['orders']}/v1/orders"

    def seller(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        key = {"Authorization": f"Bearer {shop['api_key']}", "Idempotency-Key": secrets.token_hex(8)}
        return ask(method, api + path, json.dumps(body).encode() if body is not None else None, key)

    status, order = seller("POST", "", ORDER)
    if status != 201:
        raise Failure(f"the order was answered {status}: {order}", "orders")
    number = f"NVSG{secrets.randbelow(10**9):09}"
    status, answer = seller("PUT", f"/{order['id']}/parcels/1/tracking", {"carrier": "Ninja Van", "number": number})
    if status != 200:
        raise Failure(f"the tracking number was answered {status}: {answer}", "orders")
    checked("an order was placed over HTTP, and got its tracking number")

    push_scan(deployment, account, number)

    def shipped() -> Any:
        _, found = seller("GET", f"/{order['id']}")
        return found if found and found["status"] == "shipped" else None

    wait("the order is shipped", shipped, SEEN_WITHIN, "orders")
    checked("the scan, out for delivery, marked the order shipped")
    books = deployment.tool("orders", "books")
    if books.get("applied") != 1 or books.get("quarantined"):
        raise Failure(f"the books do not show one applied scan and nothing else: {books}", "orders")
    checked(f"the books have it: {json.dumps(books)}")

    # Out for delivery is urgent: unlike other messages it waits for no waking hours.
    mail = wait("the buyer's mail is in Mailpit", lambda: mail_to_buyer(deployment), SEEN_WITHIN, "notifier")
    checked(f"the buyer has mail: {mail['Subject']!r}")


def push_scan(deployment: Deployment, account: dict[str, str], number: str) -> None:
    """Push one scan as Ninja Van does: first with a wrong signature, which is refused, then with the right one."""
    scan = {
        "shipper_id": 1,
        "tracking_id": number,
        "status": "On Vehicle for Delivery",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    body = json.dumps(scan).encode()
    door = f"http://127.0.0.1:{deployment.ports['feeds']}/v1/feeds/{account['endpoint']}"

    def push(key: str) -> tuple[int, Any]:
        signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
        return ask("POST", door, body, {"X-Ninjavan-Hmac-Sha256": signature})

    # The service reads its accounts once a second.
    wait("a signed scan is accepted", lambda: push(account["key"])[0] == 202 or None, 15, "carrier-adapter")
    checked("a signed scan was accepted")
    status, _ = push("a key that nobody was given")
    if status != 401:
        raise Failure(f"a scan with a wrong signature was answered {status}, not 401", "carrier-adapter")
    checked("one with a wrong signature was refused")


def mail_to_buyer(deployment: Deployment) -> Any:
    """Look for the buyer's mail about the delivery."""
    _, found = ask("GET", f"http://127.0.0.1:{deployment.ports['mail']}/api/v1/messages")
    for mail in found["messages"] if found else []:
        to_buyer = any(to["Address"] == ORDER["buyer"]["email"] for to in mail["To"] or [])  # type: ignore[index]
        if to_buyer and mail["Subject"].startswith("Arriving today") and ORDER["number"] in mail["Subject"]:
            return mail
    return None


def smoke(deployment: Deployment) -> None:
    """Do it all once."""
    deployment.make_secrets()
    checked("secrets made: .env and nats.conf")
    deployment.compose("build", within=BUILT_WITHIN)
    checked("images built")
    deployment.compose("up", "-d", within=STARTED_WITHIN)
    checked("started")
    for service in SERVICES:
        wait(f"{service} is ready", lambda name=service: deployment.ready(name), READY_WITHIN, service)  # type: ignore[misc]
        checked(f"{service} is ready")
    follow_one_order(deployment)
    for service in SERVICES:
        if not deployment.ready(service):
            raise Failure(f"{service} is no longer ready", service)
    checked("every service is still ready")


def attempt(deployment: Deployment) -> int:
    """Do it once, and take everything down whatever happens; gives the exit status."""
    status = 0
    try:
        smoke(deployment)
    except Failure as failure:
        status = 1
        print(f"FAILED  {failure}", file=sys.stderr)
        deployment.show(failure.service)
    finally:
        try:
            deployment.remove()
        except Failure as failure:
            status = 1
            print(f"FAILED  project {deployment.project} is not taken down: {failure}", file=sys.stderr)
    return status


def main() -> None:
    """Run it; exit 0 if everything held, 1 if something did not, 2 if there is no Docker to try it with."""
    compose, docker_info = find_compose()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="waybill-smoke-") as folder:
        deployment = Deployment(compose, Path(folder), docker_info)
        print(f"{' '.join(compose)}, project {deployment.project}: building takes a minute", flush=True)
        status = attempt(deployment)
    if status == 0:
        print(f"compose-smoke passed in {time.monotonic() - started:.0f} s; everything was taken down again")
    sys.exit(status)


if __name__ == "__main__":
    main()

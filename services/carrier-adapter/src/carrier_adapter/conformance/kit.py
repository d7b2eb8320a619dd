"""Sends the kit's requests to a running Waybill, reads its receipts, and prints what passed."""

import http.client
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from carrier_adapter.conformance.cases import Case

ANSWERS_WITHIN: Final = 20.0  #: Seconds.
JUDGED_WITHIN: Final = 30.0  #: Seconds until each scan of a push has its verdict.


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one thing is as it must be."""

    shows: str
    passed: bool
    why: str = ""


class CannotReach(Exception):
    """There is no Waybill at that address; the sentence says what was tried."""


class Endpoint:
    """A carrier's endpoint of a running Waybill: ``https://feeds.example.com/v1/feeds/<endpoint>``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "/v1/feeds/" not in parts.path:
            raise CannotReach(f"{url} is no endpoint: it looks like https://feeds.example.com/v1/feeds/<endpoint>")
        self._parts = parts

    def send(self, case: Case) -> Answer:
        """Send one request. Raises `CannotReach`."""
        headers = [*case.headers, ("Content-Length", str(case.announced or len(case.body)))]
        status, body, receipt = self._request(case.method, self._parts.path, headers, case.body)
        return Answer(status, receipt or _receipt_in(body))

    def receipt(self, receipt: str) -> Any:
        """Read a receipt; None where there is none."""
        status, body, _ = self._request("GET", f"{self._parts.path}/receipts/{receipt}", [], b"")
        return json.loads(body) if status == 200 else None

    def _request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> tuple[int, bytes, str | None]:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        host, port = self._parts.hostname or "", self._parts.port
        connection = kind(host, port, timeout=ANSWERS_WITHIN)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Waybill-Receipt")
        except (OSError, http.client.HTTPException) as failure:
            raise CannotReach(f"{host} does not answer {method} {path}: {failure}") from None
        finally:
            connection.close()


def _receipt_in(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    found = document.get("receipt") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None


def run(endpoint: Endpoint, cases: Sequence[Case]) -> Iterator[Finding]:
    """Send everything, then read the receipts; gives a finding for each."""
    receipts: list[tuple[Case, str]] = []
    before: str | None = None
    for case in cases:
        answer = endpoint.send(case)
        why = _wrong_with(answer, case, before)
        yield Finding(case.shows, passed=not why, why=why)
        if not why and case.has_receipt and answer.receipt is not None:
            receipts.append((case, answer.receipt))
        before = answer.receipt
    for case, receipt in receipts:
        yield _judged(endpoint, case, receipt)


def _wrong_with(answer: Answer, case: Case, before: str | None) -> str:
    """Say what is wrong with an answer, or nothing; *before* is the receipt of the request before it."""
    if answer.status not in case.wanted:
        return f"answered {answer.status} in place of {' or '.join(map(str, case.wanted))}"
    if case.repeats and answer.receipt != before:
        return "answered with another receipt than the first time, so it was taken for a new push"
    if case.has_receipt and answer.receipt is None:
        return "answered without a receipt"
    return ""


def _judged(endpoint: Endpoint, case: Case, receipt: str) -> Finding:
    shows = f"its receipt says what became of it ({case.shows})"
    give_up = time.monotonic() + JUDGED_WITHIN
    while True:
        found = endpoint.receipt(receipt)
        if found is None:
            return Finding(shows, passed=False, why="there is no such receipt")
        outcomes = {outcome for outcome, count in found["counts"].items() if count}
        if found["state"] == "read" and "waiting" not in outcomes:
            break
        if time.monotonic() > give_up:
            return Finding(shows, passed=False, why=f"still waiting after {JUDGED_WITHIN:.0f} s")
        time.sleep(0.2)
    if case.ends_up is not None and outcomes != {case.ends_up}:
        return Finding(
            shows, passed=False, why=f"{', '.join(sorted(outcomes)) or 'nothing'} in place of {case.ends_up}"
        )
    return Finding(shows, passed=True)

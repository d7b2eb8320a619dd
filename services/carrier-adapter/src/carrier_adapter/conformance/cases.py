"""The pushes of the conformance kit, and how each must be answered. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from carrier_adapter.signatures.schemes import Scheme

Headers = tuple[tuple[str, str], ...]
Sign = Callable[[bytes, float], tuple[Headers, bytes]]  #: (body, Unix seconds) -> headers, and the body as it is sent.

OLD: Final = 600.0  #: Seconds; beyond what a signed time may differ.
GONE_LARGE: Final = 64 * 1024 * 1024 + 1  #: Bytes; more than any Waybill can be told to take.


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and what it shows."""

    shows: str
    wanted: tuple[int, ...]  #: Statuses, one of which must come.
    method: str = "POST"
    headers: Headers = ()
    body: bytes = b""
    announced: int | None = None  #: A Content-Length that is not the body's.
    ends_up: str | None = None  #: What its receipt must say of its scans; None: any verdict will do.
    has_receipt: bool = False
    repeats: bool = False  #: The request before it, sent again: its receipt must be that one's.


TAKEN: Final = (200, 202)


def cases_of(samples: Sequence[bytes], sign: Sign, forge: Sign, now: float, scheme: Scheme) -> list[Case]:
    """Give the requests for a format's sample pushes, the first of which is used for what must be refused.

    *sign* knows the account's key; *forge* signs with another. What a scheme cannot show is left out.
    """
    body = samples[0]
    headers, sent = sign(body, now)
    forged, forged_body = forge(body, now)
    found = [
        Case("a signed push is taken", TAKEN, headers=headers, body=sent, has_receipt=True),
        Case("the same push again is taken, and counts once", TAKEN, headers=headers, body=sent, repeats=True),
        Case("a push without a signature is refused", (401,), body=body),
        Case("a push that is signed with another key is refused", (401,), headers=forged, body=forged_body),
        *([_changed(headers, sent)] if scheme.covers_the_body else []),
        *(_of_headers(sign, headers, body, now) if not scheme.in_the_body else []),
        Case("a push that is too large is refused before it is read", (413,), headers=headers, announced=GONE_LARGE),
        Case("a compressed push is refused", (415,), headers=(*headers, ("Content-Encoding", "gzip")), body=sent),
        Case("nothing but POST is answered", (405,), method="PUT", headers=headers, body=sent),
    ]
    if scheme.signs_a_time:
        old_headers, old_body = sign(body, now - OLD)
        found.append(Case("a push that was signed too long ago is refused", (401,), headers=old_headers, body=old_body))
    for number, sample in reversed(list(enumerate(samples[1:], 2))):
        headers, sent = sign(sample, now)
        found.append(
            Case(f"sample {number} is taken, in whatever order", TAKEN, headers=headers, body=sent, has_receipt=True)
        )
    return found


def _changed(headers: Headers, sent: bytes) -> Case:
    return Case("a push that was changed after it was signed is refused", (401,), headers=headers, body=sent + b" ")


def _of_headers(sign: Sign, headers: Headers, body: bytes, now: float) -> list[Case]:
    """Give what only a signature in the headers can show: it can be sent twice, and goes with any body."""
    _, sent = sign(body, now)
    found = [Case("a push whose signature is sent twice is refused", (401,), headers=headers + headers, body=sent)]
    for shows, unreadable in (
        ("a push that cannot be read is kept for a person to look at", b"\xff\xfe" + body),  # no format begins so
        ("an empty push is kept for a person to look at", b""),
    ):
        signed, as_sent = sign(unreadable, now)
        found.append(Case(shows, TAKEN, headers=signed, body=as_sent, ends_up="quarantined", has_receipt=True))
    return found

"""Writes carriers' feeds in four formats and signs them, as their senders do."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SINGAPORE = ZoneInfo("Asia/Singapore")

#: The world's own words for what a carrier scans, in each format's codes; None where a format cannot say it.
NINJAVAN = {
    "label": "Pending Pickup",
    "collected": "Successful Pickup",
    "moving": "Arrived at Sorting Hub",
    "out": "On Vehicle for Delivery",
    "failed": "Pending Reschedule",
    "ready": "Arrived at Distribution Point",
    "delivered": "Successful Delivery",
    "returning": "Return to Sender Triggered",
    "returned": "Returned to Sender",
    "cancelled": "Cancelled",
    "unmapped": "Teleported",
}
EASYPOST = {
    "label": ("pre_transit", "label_created"),
    "collected": ("in_transit", "received_at_origin_facility"),
    "moving": ("in_transit", "arrived_at_facility"),
    "out": ("out_for_delivery", "out_for_delivery"),
    "failed": ("in_transit", "delivery_exception"),
    "ready": ("available_for_pickup", "arrived_at_pickup_location"),
    "delivered": ("delivered", "arrived_at_destination"),
    "returning": ("return_to_sender", "return"),
    "damaged": ("in_transit", "damaged"),
    "lost": ("failure", "lost"),
    "delayed": ("in_transit", "delayed"),
    "unmapped": ("teleported", "teleported"),
}
X12 = {
    "label": "XB",
    "collected": "CP",
    "moving": "X4",
    "out": "AJ",
    "failed": "AH",
    "ready": "AV",
    "delivered": "D1",
    "returned": "A3",
    "damaged": "A9",
    "delayed": "SD",
    "unmapped": "ZZ",
}
TIKTOK = {
    "label": "label_created",
    "collected": "collected",
    "dropped": "dropped_off",
    "moving": "arrived",
    "out": "out_for_delivery",
    "failed": "attempt_failed",
    "ready": "ready_for_pickup",
    "delivered": "delivered",
    "signed": "delivered",
    "proof": "proof_added",
    "returning": "returning",
    "returned": "returned",
    "damaged": "damaged",
    "lost": "lost",
    "destroyed": "destroyed",
    "delayed": "delayed",
    "cancelled": "cancelled",
    "unmapped": "teleported",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan, as the world knows it."""

    number: str
    kind: str
    at: datetime
    id: str = ""  #: Of Ship by TikTok; equal ids are one record.
    carrier: str | None = None  #: Whom an aggregator names.


@dataclass(frozen=True, slots=True)
class Account:
    """A carrier account of the installation."""

    name: str
    carrier: str
    format: str
    endpoint: str
    key: str


def can_say(format_name: str, kind: str) -> bool:
    """Say whether a format has a code for it."""
    tables: dict[str, Container[str]] = {
        "ninjavan-webhook": NINJAVAN,
        "easypost-event": EASYPOST,
        "x12-214": X12,
        "ship-by-tiktok": TIKTOK,
    }
    return kind in tables[format_name]


def write(account: Account, scans: Sequence[Scan]) -> bytes:
    """Write one push; Ninja Van's holds one scan, EasyPost's the scans of one number."""
    match account.format:
        case "ninjavan-webhook":
            return _ninjavan(scans[0])
        case "easypost-event":
            return _easypost(scans)
        case "x12-214":
            return _x12(scans)
        case _:
            return _tiktok(scans)


def _ninjavan(scan: Scan) -> bytes:
    local = scan.at.astimezone(SINGAPORE).strftime("%Y-%m-%dT%H:%M:%S+0800")
    push = {"id": scan.id, "tracking_id": scan.number, "status": NINJAVAN[scan.kind], "timestamp": local}
    return json.dumps({**push, "shipper_id": 7, "comments": "Sorted, see https://example.com"}).encode()


def _easypost(scans: Sequence[Scan]) -> bytes:
    details = [
        {
            "object": "TrackingDetail",
            "status": EASYPOST[scan.kind][0],
            "status_detail": EASYPOST[scan.kind][1],
            "datetime": scan.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "message": "Item processed",
            "tracking_location": {"city": "Singapore", "state": None, "country": "SG"},
        }
        for scan in scans
    ]
    tracker = {
        "object": "Tracker",
        "mode": "production",
        "tracking_code": scans[0].number,
        "carrier": scans[0].carrier or "ParcelPost",
        "status": EASYPOST[scans[-1].kind][0],
        "tracking_details": details,
    }
    event = {"object": "Event", "description": "tracker.updated", "mode": "production", "result": tracker}
    return json.dumps(event).encode()


def _x12(scans: Sequence[Scan]) -> bytes:
    segments = [
        "ISA*00*          *00*          *02*RDFR           *ZZ*MARKETPLACE    *260302*0800*U*00401*000000001*0*P*>",
        "GS*QM*RDFR*MARKETPLACE*20260302*0800*1*X*004010",
    ]
    for order, scan in enumerate(scans, start=1):
        at = scan.at.astimezone(UTC)
        segments += [
            f"ST*214*{order:04}",
            f"B10*{scan.number}*{scan.number}*RDFR",
            f"AT7*{X12[scan.kind]}*{'C1' if scan.kind == 'ready' else 'NS'}***{at:%Y%m%d}*{at:%H%M}*GM",
            "MS1*SINGAPORE**SG",
            f"SE*5*{order:04}",
        ]
    return ("~".join([*segments, f"GE*{len(scans)}*1", "IEA*1*000000001"]) + "~").encode()


def _tiktok(scans: Sequence[Scan]) -> bytes:
    listed = []
    for scan in scans:
        one: dict[str, object] = {
            "id": scan.id,
            "tracking_number": scan.number,
            "code": TIKTOK[scan.kind],
            "at": scan.at.isoformat(),
            "facility": {"name": "Hub 7"},
        }
        if scan.kind in ("signed", "proof"):
            one["signature"] = {"image_sha256": hashlib.sha256(scan.id.encode()).hexdigest()}
        listed.append(one)
    return json.dumps({"version": 1, "scans": listed}).encode()


def sign(account: Account, body: bytes) -> dict[str, str]:
    """Give the headers that the sender of this format would send."""
    digest = hmac.new(account.key.encode(), body, hashlib.sha256)
    match account.format:
        case "ninjavan-webhook":
            return {"X-Ninjavan-Hmac-Sha256": base64.b64encode(digest.digest()).decode()}
        case "easypost-event":
            return {"X-Hmac-Signature": f"hmac-sha256-hex={digest.hexdigest()}"}
        case "x12-214":
            return {"Authorization": f"Bearer {account.key}"}
        case _:
            message_id, now = f"msg_{hashlib.sha256(body).hexdigest()[:24]}", str(int(time.time()))
            key = _standard_key(account.key)
            signed = f"{message_id}.{now}.".encode() + body
            signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            return {"webhook-id": message_id, "webhook-timestamp": now, "webhook-signature": f"v1,{signature}"}


def _standard_key(key: str) -> bytes:
    return base64.b64decode(key.removeprefix("whsec_"))

"""The shops' payment system: takes refunds by signed webhook, pays each out once, and says so."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class PaymentSystem:
    """An HTTP endpoint for ``refund.due`` webhooks."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.taken: dict[str, dict[str, Any]] = {}  #: By refund id: what was taken.
        self.refused = 0  #: Webhooks whose signature was wrong.
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/refunds"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    async def new(self, known: set[str]) -> list[dict[str, Any]]:
        """Give what was taken since *known*."""
        await asyncio.sleep(0)
        return [refund for key, refund in list(self.taken.items()) if key not in known]

    def _genuine(self, headers: Any, body: bytes) -> bool:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        for secret in self.secrets:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            if hmac.compare_digest(expected, headers["webhook-signature"] or ""):
                return True
        return False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        system = self

        class Webhook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                genuine = system._genuine(self.headers, body)
                if genuine:
                    refund = json.loads(body)
                    system.taken[refund["refund_id"]] = refund
                else:
                    system.refused += 1
                self.send_response(204 if genuine else 401)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Webhook

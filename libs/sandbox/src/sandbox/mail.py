"""A mail sink: takes every message, keeps it as a line of JSON, and lists what came.

``python -m sandbox.mail --smtp-port P --http-port P --file F``
"""

import argparse
import email
import json
import threading
from email.message import EmailMessage
from email.policy import default
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Keeps messages in a file, one line each."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message."""
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(preferencelist=("plain",))
        line = json.dumps(
            {
                "message_id": str(message["Message-ID"] or "").strip("<>"),
                "to": envelope.rcpt_tos,
                "subject": str(message["Subject"]),
                "order": message["X-Waybill-Order"],
                "recipient": message["X-Waybill-Recipient"],
                "facts": str(message["X-Waybill-Facts"] or "").split(),
                "text": body.get_content() if body else "",
            }
        )
        with self._lock, self.file.open("a") as out:
            out.write(line + "\n")
        return "250 OK"

    def messages(self) -> list[dict[str, Any]]:
        """Give every message that came, oldest first."""
        return [json.loads(line) for line in self.file.read_text().splitlines()]


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            messages = sink.messages()[::-1]
            if self.path == "/messages.json":
                self._answer("application/json", json.dumps(messages))
                return
            items = "".join(
                f"<li><b>{escape(one['subject'])}</b> to {escape(', '.join(one['to']))}"
                f"<pre>{escape(one['text'])}</pre></li>"
                for one in messages[:200]
            )
            self._answer("text/html; charset=utf-8", _PAGE.format(count=len(messages), items=items))

        def _answer(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Page


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mail</title><style>body{{font:16px/1.5 sans-serif;max-width:44em;margin:1em auto;padding:0 1em}}
pre{{white-space:pre-wrap;background:#f4f4f4;padding:.6em}}li{{margin-bottom:1em}}</style>
<h1>{count} messages</h1><ul>{items}</ul></html>"""


def main() -> None:
    """Run the sink until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.mail")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    sink = Sink(options.file)
    Controller(sink, hostname="127.0.0.1", port=options.smtp_port).start()
    ThreadingHTTPServer(("127.0.0.1", options.http_port), _handler(sink)).serve_forever()


if __name__ == "__main__":
    main()

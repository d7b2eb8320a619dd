"""Mail through SMTP. It cannot know a message again, so a message may come twice, with the same Message-ID."""

from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Literal

import aiosmtplib

from notifier.channels.port import Envelope, Refused, TryLater

WITHIN = 15.0  #: Seconds for one conversation.


class Email:
    """The mail channel."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        sender_name: str,
        username: str | None,
        password: str | None,
        tls: Literal["none", "starttls", "tls"],
    ) -> None:
        self._connection: dict[str, Any] = {
            "hostname": host,
            "port": port,
            "username": username,
            "password": password,
            "use_tls": tls == "tls",
            "start_tls": tls == "starttls",
            "timeout": WITHIN,
        }
        self._sender = sender
        self._sender_name = sender_name

    async def send(self, envelope: Envelope) -> None:
        """Send one mail."""
        message = EmailMessage()
        message["From"] = Address(self._sender_name, addr_spec=self._sender)
        message["To"] = envelope.address
        message["Subject"] = envelope.mail.subject
        message["Message-ID"] = f"<{envelope.message_id}>"
        message["Auto-Submitted"] = "auto-generated"
        for name, value in envelope.headers.items():
            message[name] = value
        message.set_content(envelope.mail.text)
        message.add_alternative(envelope.mail.html, subtype="html")
        try:
            await aiosmtplib.send(message, **self._connection)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused) as refused:
            code = refused.recipients[0].code if isinstance(refused, aiosmtplib.SMTPRecipientsRefused) else refused.code
            raise _verdict(code) from refused
        except aiosmtplib.SMTPResponseException as answer:
            raise _verdict(answer.code) from answer
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as failure:
            raise TryLater(type(failure).__name__) from failure


def _verdict(code: int) -> Exception:
    """4yz may pass, 5yz will not (RFC 5321, 4.2.1)."""
    return Refused(f"SMTP {code}") if code >= 500 else TryLater(f"SMTP {code}")

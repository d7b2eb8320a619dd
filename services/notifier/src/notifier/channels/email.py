"""Mail through SMTP. It cannot know a message again, so a message may come twice, with the same Message-ID."""

import asyncio
from contextlib import suppress
from email.errors import HeaderParseError
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
            "timeout": None,  # `WITHIN` is for all of it
        }
        self._sender = sender
        self._sender_name = sender_name

    async def send(self, envelope: Envelope) -> None:
        """Send one mail."""
        message = self._compose(envelope)
        try:
            await self._converse(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _verdict(refused.recipients[0].code) from refused
        except aiosmtplib.SMTPDataError as refused:
            raise _verdict(refused.code) from refused
        except aiosmtplib.SMTPResponseException as answer:
            # Said of us or of the server (who we are, who sends): whom it is for has not been refused.
            raise TryLater(f"SMTP {answer.code}") from answer
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as failure:
            raise TryLater(type(failure).__name__) from failure

    async def _converse(self, message: EmailMessage) -> None:
        client = aiosmtplib.SMTP(**self._connection)
        try:
            async with asyncio.timeout(WITHIN):
                await client.connect()
                await client.send_message(message)
            # It has the mail now, however it takes leave.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=1)
        finally:
            client.close()

    def _compose(self, envelope: Envelope) -> EmailMessage:
        message = EmailMessage()
        message["From"] = Address(self._sender_name, addr_spec=self._sender)
        message["To"] = _address(envelope.address)
        if envelope.reply_to:
            message["Reply-To"] = _address(envelope.reply_to)
        message["Subject"] = envelope.mail.subject
        message["Date"] = envelope.sent_at
        message["Message-ID"] = f"<{envelope.message_id}>"
        message["Content-Language"] = envelope.mail.language
        message["Auto-Submitted"] = "auto-generated"
        for name, value in envelope.headers.items():
            message[name] = value
        message.set_content(envelope.mail.text)
        message.add_alternative(envelope.mail.html, subtype="html")
        return message


def _address(text: str) -> Address:
    """Read one address, with its domain as mail servers write it."""
    try:
        name, _, domain = text.rpartition("@")
        return Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")
    except (ValueError, HeaderParseError) as wrong:
        raise Refused("no address that mail can be sent to") from wrong


def _verdict(code: int) -> Exception:
    """4yz may pass, 5yz will not (RFC 5321, 4.2.1)."""
    return Refused(f"SMTP {code}") if code >= 500 else TryLater(f"SMTP {code}")

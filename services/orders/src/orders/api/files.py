"""Files of a shop: photos, labels and evidence, taken in clean and shown to the shop alone."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile as SentFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from chassis.logs import get_logger
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.api.answers import Answer
from orders.api.gate import Caller, Gate
from orders.api.requests import Asking
from orders.files.cleaning import LARGEST, clean
from orders.files.keeping import Files, Kind
from orders.files.refusals import FileRefused, FileTooLarge
from orders.files.storage import StorageAway

log = get_logger()

AROUND_A_PART = 64 * 1024  #: Bytes that a multipart body may have besides its file.
#: Bytes beyond the limit that are read and dropped: who sends a little too much reads the answer, and not that the
#: connection is gone.
LET_PASS = 2 * LARGEST
AT_ONCE = 2  #: Files that are cleaned at the same time; the largest pictures take 0.6 GB each meanwhile.

_TAKEN = ("image/jpeg", "image/png", "image/webp", "application/pdf")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": _BYTES["schema"]}}
_REQUEST: Final = {
    "requestBody": {
        "required": True,
        "content": {**dict.fromkeys(_TAKEN, _BYTES), "multipart/form-data": {"schema": _FORM}},
    }
}
#: A file is shown as what it is, runs nothing, and lies in nobody's cache once it is forgotten.
_SHOWN_SAFELY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Cache-Control": "private, no-store",
}


class FileKept(BaseModel):
    """A file as it is kept."""

    id: UUID
    content_type: str = Field(examples=["image/jpeg"])
    size: int = Field(description="bytes, of what is kept")
    sha256: str = Field(description="hexadecimal, of what is kept", pattern="^[0-9a-f]{64}$")


class BodyTooLarge(Problem):
    """A body of more bytes than are read; the rest of it stays unread, so nothing can follow on the connection."""

    def __init__(self) -> None:
        super().__init__(413, "file too large", *_about_file("The file is larger than 5 MB: send a smaller one."))

    def response(self) -> JSONResponse:
        """Give the HTTP answer."""
        answer = super().response()
        answer.headers["connection"] = "close"
        return answer


class Upload:
    """A request that brings a file."""

    def __init__(self, service: Service, caller: Caller, request: Request, key: str | None) -> None:
        self._service = service
        self._caller = caller
        self._request = Request(request.scope, _cut_off(request))
        self._key = key

    async def read(self) -> bytes:
        """Give the file, whether it is the body or a part of it; raises `Problem`."""
        body = await self._request.body()
        if not _is_multipart(self._request):
            return body
        try:
            async with self._request.form(max_files=1, max_fields=8) as form:
                sent = form.get("file")
                if isinstance(sent, SentFile):
                    return await sent.read()
        except HTTPException:
            raise _refused(
                "The multipart body cannot be read, or has more than one file: send one part `file`."
            ) from None
        raise _refused("The multipart body has no file: send it as the part `file`.")

    def asking(self, *about: bytes) -> Asking:
        """Give the request to be done once, where *about* is what makes it the same request.

        A multipart body is another one each time it is sent, for its boundary: it is the file that counts.
        """
        return Asking(self._service, self._caller, Request(self._request.scope, _of(b"\n".join(about))), self._key)


def router(service: Service, gate: Gate, files: Files) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    cleaners = asyncio.Semaphore(AT_ONCE)

    async def uploading(
        request: Request,
        caller: Annotated[Caller, Depends(gate.seller)],
        key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
    ) -> Upload:
        return Upload(service, caller, request, key)

    @router.post("/v1/files", status_code=201, response_model=FileKept, openapi_extra=_REQUEST)
    async def keep_file(
        kind: Annotated[Kind, Query(description="what it is for")], upload: Annotated[Upload, Depends(uploading)]
    ) -> Any:
        """Take in a picture (JPEG, PNG, WebP) or a PDF of 5 MB at most, as the body or as the part `file` of a form.

        What it is, its content says. Pictures are turned upright and kept without EXIF, place and comments; a PDF
        with scripts, actions or files in it is refused. The same file sent twice is one file.
        """
        content = await upload.read()
        try:
            async with cleaners:
                content_type, kept = await asyncio.to_thread(clean, content)
        except FileTooLarge as refusal:
            raise Problem(413, "file too large", *_about_file(str(refusal))) from refusal
        except FileRefused as refusal:
            raise _refused(str(refusal)) from refusal
        change = upload.asking(kind.encode(), content)

        async def work(tx: Transaction) -> Answer:
            return 201, FileKept.model_validate(
                await files.keep(tx, change.shop_id, kind, content_type, kept), from_attributes=True
            )

        try:
            return await change.once(work)
        except StorageAway as away:
            log.warning("file_not_kept", error=str(away))
            detail = "The storage of files is away; nothing was kept. Send it again."
            raise Problem(503, "try again", detail) from away

    @router.get(
        "/v1/files/{file_id}", response_class=Response, responses={200: {"content": dict.fromkeys(_TAKEN, _BYTES)}}
    )
    async def show_file(file_id: UUID, caller: Annotated[Caller, Depends(gate.seller)]) -> Response:
        """Give a file of the shop, as it is kept."""
        try:
            found = await files.show(service, caller.shop_id, file_id)
        except StorageAway as away:
            log.warning("file_not_shown", error=str(away))
            raise Problem(503, "try again", "The storage of files is away. Ask again.") from away
        if found is None:
            raise Problem(404, "unknown file", "This shop has no file with that id.")
        file, content = found
        headers = dict(_SHOWN_SAFELY)
        if file.content_type == "application/pdf":
            headers["Content-Disposition"] = f'attachment; filename="{file.id}.pdf"'
        return Response(content, 200, headers, file.content_type)

    return router


def _about_file(sentence: str) -> tuple[str, list[dict[str, str]]]:
    return sentence, [{"field": "file", "message": sentence}]


def _refused(sentence: str) -> Problem:
    return Problem(422, "invalid request", *_about_file(sentence))


def _is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"


def _cut_off(request: Request) -> Receive:
    """Give the receiving end of a request that reads no more than a file can have."""
    most = LARGEST + (AROUND_A_PART if _is_multipart(request) else 0)
    announced = request.headers.get("content-length", "0")
    size = 0

    async def receive() -> Message:
        nonlocal size
        if not announced.isdigit() or int(announced) > most + LET_PASS:
            raise BodyTooLarge
        message = await request.receive()
        size += len(message.get("body", b""))
        if size <= most and int(announced) <= most:
            return message
        while message.get("more_body") and size <= most + LET_PASS:
            message = await request.receive()
            size += len(message.get("body", b""))
        raise BodyTooLarge

    return receive


def _of(body: bytes) -> Receive:
    """Give the receiving end of a request with *body*."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

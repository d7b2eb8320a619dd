"""S3-compatible storage for tests: moto's server as a process on this machine."""

import signal
import subprocess
import sys
from typing import Any

import httpx

from sandbox.servers import free_port
from support.waiting import eventually

BUCKET = "waybill-files"


class ObjectStorage:
    """A server that holds objects in memory; what is killed has lost them."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What `orders` must be told to keep its files here."""
        return {
            "files_s3_endpoint": self.url,
            "files_s3_bucket": BUCKET,
            "files_s3_access_key": "access-key-of-the-tests",
            "files_s3_secret_key": "secret-key-of-the-tests",
            "files_s3_region": "eu-central-1",
        }

    async def start(self) -> None:
        """Have it run with an empty bucket, whatever was done to it."""
        if self._process is None:
            self._process = self._begin()
        self._process.send_signal(signal.SIGCONT)
        async with httpx.AsyncClient(base_url=self.url) as client:

            async def has_bucket() -> bool:
                assert self._process is not None
                if self._process.poll() is not None:
                    raise RuntimeError("the object storage has ended")
                try:
                    reset = await client.post("/moto-api/reset")
                    return reset.is_success and (await client.put(f"/{BUCKET}")).is_success
                except httpx.HTTPError:
                    return False

            await eventually(has_bucket, within=30)

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill -9 it, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Stop it in its tracks: it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def keys(self) -> set[str]:
        """Give the keys of all objects."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            listed = (await client.get(f"/{BUCKET}", params={"list-type": "2"})).text
        return {part.split("</Key>")[0] for part in listed.split("<Key>")[1:]}

    async def put(self, key: str, content: bytes) -> None:
        """Put an object, as somebody else."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            (await client.put(f"/{BUCKET}/{key}", content=content)).raise_for_status()

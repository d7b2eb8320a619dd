"""The files of a multipart upload, each of which is a push of its own. Pure.

They are taken apart at the door, where the headers are that say how, and after the signature over the raw bytes was
found right; what is no multipart, though it says so, is kept as it came, for a person to look at.
"""

import logging
import re
from collections.abc import Sequence
from typing import Any, Final

from python_multipart.multipart import MultipartParser, parse_options_header

MOST_FILES: Final = 50  #: In one upload; more are no upload of a feed.

#: RFC 7578 forbids ``filename*``, but senders write it when the name is not ASCII; the library passes over it.
_NAMES_A_FILE: Final = re.compile(rb";[ \t]*filename\*?[ \t]*=", re.IGNORECASE)

# It would write down bytes of what was sent, once for each push that is no multipart.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def files_of(headers: Sequence[tuple[bytes, bytes]], body: bytes) -> list[bytes]:
    """Give the files in a push, in their order; the body itself where it is no upload, or one that cannot be read."""
    declared = [value for name, value in headers if name == b"content-type"]
    kind, options = parse_options_header(declared[0]) if len(declared) == 1 else (b"", {})
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 70:  # RFC 2046, 5.1.1
        return [body]
    parts = _Parts()
    parser = MultipartParser(boundary, parts.callbacks())
    try:
        parser.write(body)
        parser.finalize()
    except ValueError:  # what the library raises for a malformed one
        return [body]
    files = parts.files
    return files if parts.is_complete and 0 < len(files) <= MOST_FILES else [body]


class _Parts:
    """Collects the parts that have a file name."""

    def __init__(self) -> None:
        self.files: list[bytes] = []
        self.is_complete = False
        self._name = self._value = b""
        self._is_file = False
        self._content = bytearray()

    def callbacks(self) -> Any:
        """Give what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._name = self._value = b""
        self._is_file = False
        self._content = bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        if self._is_file:
            self.files.append(bytes(self._content))

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._is_file |= _NAMES_A_FILE.search(self._value) is not None
        self._name = self._value = b""

    def _finish(self) -> None:
        self.is_complete = True

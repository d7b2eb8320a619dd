"""Text that encodes a QR code, draws one or asks to scan one (R4)."""

import re
from collections.abc import Iterator

from orders.labels.folding import Folded
from orders.labels.links import merged
from orders.labels.vocabulary import SCANNING

#: What phones do with a QR code: networks, contacts, one-time codes, payments, messages; then EMV payment codes
#: (QRIS, PromptPay, VietQR) and pictures in base64.
SCHEMES = re.compile(
    r"(?<![a-z0-9])(?:"
    r"wifi\s*:\s*(?:[tsph]\s*:|\S*;)\S*|otpauth(?:-migration)?\s*:\S*|(?:mecard|bizcard|matmsg)\s*:\S*"
    r"|begin\s*:\s*v(?:card|event|calendar)(?:.{0,400}?end\s*:\s*v(?:card|event|calendar))?"
    r"|data\s*:\s*(?:image|application|text)/\S*|(?:upi|weixin|wxp|alipays?|bitcoin|ethereum|litecoin|lightning|fido)\s*:\S*"
    r"|(?:smsto|mmsto|sms|facetime)\s*:\s*\S+|geo\s*:\s*-?\d\S*|hc1:\S+"
    r")"
    r"|000201(?=\S*\d{4})\S{20,}6304[0-9a-f]{4}"
    r"|(?:ivborw0kggo|/9j/4aaq|r0lgod|phn2zy|uklgr|jvberi0)[a-z0-9+/=]{4,}|<svg\b",
    re.DOTALL,
)
DRAWING = re.compile(
    r"[\u2580-\u259f\u25a0\u25a1\u2b1b\u2b1c](?:[\s\u2580-\u259f\u25a0\u25a1\u2b1b\u2b1c]*[\u2580-\u259f\u25a0\u25a1\u2b1b\u2b1c]){3,}"
)
BRAILLE = re.compile(r"[\u2800-\u28ff]{6,}")
BASE64 = re.compile(r"(?<![\w+/=])(?=[a-z0-9+/]*[a-z])(?=[a-z0-9+/]*\d)[a-z0-9+/]{64,}={0,2}")
MODULES = 21  #: Of a QR code's smallest version, in each direction (ISO/IEC 18004).
SCANS = re.compile(SCANNING)


def find(folded: Folded) -> list[tuple[int, int]]:
    """Give where such text starts and ends in ``folded.text``."""
    patterns = (SCHEMES, DRAWING, BRAILLE, BASE64, SCANS)
    found = [match.span() for pattern in patterns for match in pattern.finditer(folded.text)]
    return merged([*found, *_drawn(folded.text)])


def _drawn(text: str) -> Iterator[tuple[int, int]]:
    """Give the squares that are drawn line by line with two characters."""
    start = at = count = 0
    for line in [*text.split("\n"), ""]:
        if len(line) >= MODULES and len(set(line)) <= 2 and len(set(line) - set(" ")) >= 1:
            start, count = (start, count + 1) if count else (at, 1)
        else:
            if count >= MODULES // 2:
                yield start, at - 1
            count = 0
        at += len(line) + 1

"""What a push looks like to a person who is to map it, without what it says of the people in it.

By structure: keys, tags, segment names and separators stay, and so do codes, times, numbers and places as exact as a
town. Names, addresses, phone numbers, e-mails, signatures and positions are blacked out letter by letter. What is not
known to be harmless is blacked out too.
"""

from carrier_adapter.masking.documents import mask_json, mask_xml
from carrier_adapter.masking.segments import mask_edifact, mask_x12
from carrier_adapter.masking.tables import mask_shapeless, mask_table

MOST: int = 1024 * 1024  #: Bytes of a body that are looked at.


def mask(body: bytes) -> str:
    """Give a body's text with the personal data in it blacked out. Never raises, whatever the body is."""
    text = _text(body[:MOST])
    for attempt in (mask_json, mask_xml, mask_x12, mask_edifact, mask_table):
        masked = attempt(text)
        if masked is not None:
            return masked
    return mask_shapeless(text)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")

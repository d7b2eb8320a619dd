"""Which values say something of a person, judged by the name they have and by what they look like."""

import re
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a name says of its value."""

    PERSON = auto()  #: Black it out, and all beneath.
    PLACE = auto()  #: Keep it if it is no more exact than a town.
    KEPT = auto()  #: A code, a time, a number of the carrier's: keep it.
    UNKNOWN = auto()  #: Keep what looks like a code; of words, those that carriers use.


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PERSONAL_WORDS = """
account_holder addr address address1 address2 address3 addressee addresses adresse alamat apartment apikey
attachment attachments auth authorization bank birthday building buyer cell consignee consignor contact contacts
coord coordinate coordinates coords courierman customer dob driver email emails fax file files firstname
fullname geo gps hp href iban image images img ktp lane lastname lat latitude line line1 line2 line3 link links
lng lon long longitude mail mobile msisdn nickname nric passport password payer person phone phones photo photos
picture pictures pod podurl polygon position postal postalcode postcode receiver receivers recipient rider road
secret seller sender shipper signatory signature signatures signed signee signer ssn street surname tel
telephone token unit uri url urls user username zip zipcode
"""
_PERSONAL: Final = frozenset(_PERSONAL_WORDS.split())
_NAMES: Final = frozenset({"name", "names", "nama", "nom", "nombre"})
_THINGS = """
attribute branch carrier center centre checkpoint city code country courier depot event event_type facility
field hub location milestone office place port product province reason region scan service site state station
status tag terminal timezone town type vessel warehouse zone
"""
_NAMED_THINGS: Final = frozenset(_THINGS.split())
_PLACE_WORDS = """
branch center centre city country county depot destination district facility hub locality location office origin
place port province region site state station terminal town warehouse
"""
_PLACES: Final = frozenset(_PLACE_WORDS.split())
_CODE_WORDS = """
action amount at attempt attempts awb carrier category checkpoint class code codes count courier created
currency date dates datetime estimated eta event events height id ids index length level milestone mode modified
no num number numbers object offset order parcel qty quantity reason ref reference references result seq
sequence service shipment slug status statuses substatus subtype tag time times timestamp timezone tracking type
tz unit updated uuid version waybill weight width zone
"""
_CODES: Final = frozenset(_CODE_WORDS.split())

_TIME: Final = re.compile(
    r"(19|20)\d{2}[-/.]?(0[1-9]|1[0-2])[-/.]?(0[1-9]|[12]\d|3[01])"
    r"([T ]?\d{2}:?\d{2}(:?\d{2}([.,]\d+)?)?)?\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d{1,2}:\d{2}(:\d{2})?( ?[AaPp][Mm])?)?"
    r"|\d{1,2}:\d{2}(:\d{2})?( ?[AaPp][Mm])?"
)
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,63}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+ -]{0,79}")
_TELLING: Final = re.compile(r"[0-9_]")  #: A name has none of these.
_PHONE: Final = re.compile(r"\+?\(?\d[\d\s().-]{6,}\d")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_EXACT: Final = re.compile(r"\d")  #: A house number, a post code.

#: Words of tracking texts: none is anybody's name.
_TRACKING_WORDS = """
a acceptance accepted accident action additional address after again airport an and another are area arrangement
arrival arrived arriving as assigned at attempt attempted attempts authority available awaiting awb back bad bag
bagged be been before booked booking border branch broken business buyer by call canceled cancellation cancelled
cargo carrier center centre change changed city claim clearance cleared closed closure code collect collected
collection company complete completed concierge condition confirmed consignee consolidated contact contacted
container correct country courier created customer customs cut damage damaged data date day days delay delayed
deliver delivered deliveries delivery depart departed departure depot desk destination destroyed detained
direction dispatch dispatched disposal documents done door drop dropped due during duties duty electronic empty
error estimated event exception expected expired export facility failed failure final first flight for force
forwarded found from front garage gate gateway generated given goods guard handed handling has have held hold
holiday home hub import in incomplete incorrect info information initiated inspection insufficient into invalid
inventory is issue it item items its label last late left line load loaded local location locker lost mail
mailbox manifest manifested merchant misrouted missed missing missort more moved moving natural neighbor
neighbour network new next no not notice notified number of off office on onboard onward open operation
operational or order origin other our out outbound package packages packed paid parcel parcels parcelshop
partner payment pending pick picked pickup piece pieces placed planned point porch port possible post postal
postponed prepared printed problem process processed processing proof provided ready reason receipt receive
received receiver receiving reception recipient redelivery redirect redirected refused registered reject
rejected release released remark remote reported request requested rescheduled return returned returning returns
route routed run safe scan scanned scheduled second seller sender sent service shelf ship shipment shipments
shipped shipper shop signature signed sort sorted sorting started station status stop stopped storage store
strike success successful successfully terminal the third this time to today tomorrow tracking train transfer
transferred transit transport transportation truck unable unavailable undeliverable under unknown unloaded
unsuccessful until update updated vehicle via waiting warehouse was way weather weekend were will with without
wrong yet you your
"""
WORDS: Final = frozenset(_TRACKING_WORDS.split())


def words_of(name: str) -> list[str]:
    """Split a name at its capitals and separators: ``consigneeName`` is consignee and name."""
    return [word.lower() for word in _WORD.findall(name)]


def kind_of(name: str) -> Kind:
    """Say what a name says of its value; what is personal wins."""
    words = words_of(name)
    if name.lower() in _PERSONAL or any(word in _PERSONAL for word in words):
        return Kind.PERSON
    if any(word in _NAMES for word in words):
        return Kind.PLACE if any(word in _NAMED_THINGS for word in words) else Kind.PERSON
    if any(word in _CODES for word in words):
        return Kind.KEPT
    if any(word in _PLACES for word in words):
        return Kind.PLACE
    return Kind.UNKNOWN


def black(text: str) -> str:
    """Black a text out: letters become x, digits 0; its shape stays."""
    return "".join("0" if one.isdigit() else "x" if one.isalpha() else one for one in text)


def mask_value(text: str, kind: Kind) -> str:
    """Black out what of a value says something of a person."""
    if kind is Kind.PERSON:
        return black(text)
    plain = text.strip()
    if not plain or _TIME.fullmatch(plain):
        return text
    if kind is Kind.PLACE:
        return text if len(plain) <= 60 and not _EXACT.search(plain) and "@" not in plain else black(text)
    if kind is Kind.KEPT:
        is_one = _CODE.fullmatch(plain) or (_ID.fullmatch(plain) and _TELLING.search(plain) and len(plain.split()) <= 3)
        return text if is_one else mask_prose(text)
    if _CODE.fullmatch(plain) and _TELLING.search(plain) and not _PHONE.fullmatch(plain):
        return text
    return mask_prose(text)


def mask_prose(text: str) -> str:
    """Keep the words that carriers use, and short numbers; black out all other words."""

    def one(match: re.Match[str]) -> str:
        word = match.group()
        if word.isdigit():
            return word if len(word) <= 3 else "0" * len(word)
        return word if word.lower() in WORDS else "x" * len(word)

    return _WORDS.sub(one, text)


def mask_number(number: float, kind: Kind) -> float | str:
    """Keep a number, unless it may be a position or a phone number."""
    if isinstance(number, bool):
        return number
    if kind is Kind.PERSON or (kind is Kind.UNKNOWN and isinstance(number, int) and abs(number) >= 10_000_000):
        return black(str(number))
    if kind is Kind.UNKNOWN and isinstance(number, float) and len(str(number).rpartition(".")[2]) >= 4:
        return black(str(number))  # as exact as a position is
    return number

"""What a mapping file may say; docs/mapping-files.md explains it to whoever writes one."""

import codecs
import csv
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from carrier_adapter.answers import STYLES
from carrier_adapter.formats.instants import zone_named
from carrier_adapter.mapping.expressions import ROOTS, jmespath_of, xpath_of
from carrier_adapter.mapping.layouts import layout_of
from carrier_adapter.signatures import SCHEMES
from contracts.vocabulary import SUB_STATUSES, Fault, Leg, ScanStatus


@dataclass(frozen=True, slots=True)
class Language:
    """What the expressions of a file are written in; given to its validation, which compiles each."""

    reads: str
    namespaces: dict[str, str]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) or value is None else [value]


def _expression(names: tuple[str, ...]) -> AfterValidator:
    """Check an expression by compiling it; *names* are those that mean something where it stands."""

    def check(text: str, info: ValidationInfo) -> str:
        language = info.context
        if isinstance(language, Language) and language.reads == "xml":
            xpath_of(text, language.namespaces)
        elif isinstance(language, Language):
            jmespath_of(text, names)
        return text

    return AfterValidator(check)


_LISTED = BeforeValidator(_listed, json_schema_input_type=str | Annotated[list[str], Field(min_length=1)])

OnPush = Annotated[str, _expression(ROOTS[:1])]  #: An expression over the whole document.
OnShipment = Annotated[str, _expression(ROOTS[:2])]  #: … and the shipment.
OnParcel = Annotated[str, _expression(ROOTS[:3])]  #: … and the parcel.
OnScan = Annotated[str, _expression(ROOTS)]  #: … and the scan.
OneOrMore = Annotated[tuple[OnScan, ...], _LISTED]  #: One expression, or a list of them.


class Part(BaseModel):
    """A part of a mapping file; a field that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_UNMAPPED: Final = f"{ScanStatus.UNKNOWN}.unmapped"  #: What `null` is for; `unknown` is what the source itself says.
_KNOWN: Final = {
    status: tuple(sub for sub in subs if f"{status}.{sub}" != _UNMAPPED) for status, subs in SUB_STATUSES.items()
}


class Meaning(Part):
    """What a code means, in our vocabulary."""

    status: ScanStatus
    sub_status: str
    leg: Leg | None = None
    fault: Fault | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: Any) -> Any:
        """Read ``status.sub_status``, or an object whose `is` says that."""
        if isinstance(value, dict) and "is" in value:
            words, rest = value["is"], {key: said for key, said in value.items() if key != "is"}
        else:
            words, rest = value, {}
        if not isinstance(words, str):
            return value
        status, _, sub_status = words.partition(".")
        if words == _UNMAPPED:
            raise ValueError("a code that nobody has mapped has no meaning: write null")
        if status not in _KNOWN:
            raise ValueError(f"there is no status {status!r}: it is one of {', '.join(_KNOWN)}")
        return {"status": status, "sub_status": sub_status, **rest}

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, __: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give what an editor may offer: every status with its sub-statuses."""
        words = [f"{status}.{sub}" for status, subs in _KNOWN.items() for sub in sorted(subs)]
        return {
            "anyOf": [
                {"enum": words},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["is"],
                    "properties": {
                        "is": {"enum": words},
                        "leg": {"enum": [str(leg) for leg in Leg]},
                        "fault": {"enum": [str(fault) for fault in Fault]},
                    },
                },
            ]
        }

    @model_validator(mode="after")
    def _is_in_the_vocabulary(self) -> Self:
        known = _KNOWN[self.status]
        if self.sub_status not in known:
            raise ValueError(f"{self.status} is followed by one of {', '.join(sorted(known))}")
        return self


class ZoneTable(Part):
    """The zone by what the feed says of the place."""

    by: OnScan | None = Field(
        None,
        description="expression that gives the place's key, such as its facility or country; "
        "left out: the letters that %Z reads",
    )
    zones: dict[str, str] = Field(description="IANA zone by that key; letter case does not matter")

    @field_validator("zones")
    @classmethod
    def _exist(cls, zones: dict[str, str]) -> dict[str, str]:
        for zone in zones.values():
            zone_named(zone)
        return zones


class Time(Part):
    """When a scan happened."""

    from_: OneOrMore = Field(alias="from", description="expressions; what several give is joined with a space")
    layouts: Annotated[tuple[str, ...], _LISTED] = Field(
        ("iso",),
        min_length=1,
        description="how it is written: iso, epoch-seconds, epoch-milliseconds, or directives like %d-%m-%Y %H%M; "
        "several are tried in order; {*} stands for other text",
    )
    offset: OnScan | None = Field(
        None, description="expression for the offset from UTC, or the IANA zone, where a field of its own says it"
    )
    zone: str = Field("account", description="IANA zone of times without an offset; `account`: the account's")
    zone_of: ZoneTable | None = Field(None, description="zone by place, before `zone`")
    required: bool = Field(False, description="true where a scan without a time is not to count: it is set aside")
    trust_offset: bool = Field(True, description="false where the feed writes Z or an offset after local time")

    @field_validator("layouts")
    @classmethod
    def _are_known(cls, layouts: tuple[str, ...]) -> tuple[str, ...]:
        for layout in layouts:
            layout_of(layout)
        return layouts

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str) -> str:
        return zone if zone == "account" else zone_named(zone).key


class Scan(Part):
    """Where a scan's parts are."""

    number: OneOrMore = Field(description="the tracking number; of several, the first that gives one")
    code: OneOrMore = Field(min_length=1, description="what the status table is asked for; several are joined with /")
    time: Time | None = Field(None, description="left out where the feed says no time: that of receipt counts")
    text: OneOrMore = Field((), description="the carrier's words; of several, the first that gives some")
    place: OneOrMore = Field((), description="parts of the place, joined with a comma")
    carrier: OneOrMore = Field((), description="the carrier, where the payload names one")
    record_id: OneOrMore = Field((), description="the carrier's own id of this record, only where it is stable")
    return_leg: OnScan | None = Field(None, description="true where the parcel is on its way back")
    signed: OnScan | None = Field(None, description="true where the recipient's signature comes with a delivery")
    attempt: OnScan | None = Field(None, description="the number of this delivery attempt")
    estimate: Time | None = Field(None, description="the carrier's own estimate of delivery")


def _is_encoding(name: str) -> str:
    """Give *name* if it is a text encoding that Python reads; raises ValueError."""
    try:
        "".encode(name)
        codecs.lookup(name)
    except (LookupError, ValueError):
        raise ValueError(f"{name} is no text encoding: write it like utf-8, iso-8859-1 or windows-1252") from None
    return name


#: One encoding, or several that are tried in order.
Encodings = Annotated[tuple[Annotated[str, AfterValidator(_is_encoding)], ...], _LISTED, Field(min_length=1)]


class CsvLine(Part):
    """A kind of line in a CSV file whose lines are of several kinds."""

    starts: str = Field(description="what the first cell of such a line holds")
    columns: tuple[str, ...] = Field(min_length=1, description="names of its cells, the first one's included")
    inherits: Annotated[tuple[str, ...], _LISTED] = Field(
        (), description="kinds of line above it: the last of each is reached by its kind, as in scan.header.date"
    )


class Csv(Part):
    """How a CSV file is written; the document is then `{header: [...], rows: [{...}]}`."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    encoding: Encodings = ("utf-8-sig",)
    skip: int = Field(0, ge=0, le=1000, description="lines before the header line, such as a title")
    columns: tuple[str, ...] = Field((), description="names of the columns, where the file has no header line")
    lines: dict[str, CsvLine] = Field(
        {}, description="kinds of line, where there are several; each row says its `line`"
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        try:
            csv.reader((), delimiter=self.delimiter, quotechar=self.quote)
        except (TypeError, ValueError):
            raise ValueError("`delimiter` and `quote` are one sign each, and no line break") from None
        if self.delimiter == self.quote or {self.delimiter, self.quote} & {"\r", "\n"}:
            raise ValueError("`delimiter` and `quote` are two different signs, and no line break")
        if self.columns and self.lines:
            raise ValueError("`columns` is for files with one kind of line, `lines` for several: leave one out")
        _inherit_what_is_there({name: (line.columns, line.inherits) for name, line in self.lines.items()})
        return self


Position = Annotated[int, Field(ge=1, le=10_000)]


class Line(Part):
    """A kind of line in a fixed-width file."""

    starts: str = Field("", description="what such a line starts with")
    columns: dict[str, tuple[Position, Position]] = Field(
        min_length=1, description="first and last position of each column, from 1"
    )
    inherits: Annotated[tuple[str, ...], _LISTED] = Field(
        (), description="kinds of line above it: the last of each is reached by its kind, as in scan.stop.number"
    )

    @field_validator("columns")
    @classmethod
    def _are_in_order(cls, columns: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        for name, (first, last) in columns.items():
            if last < first:
                raise ValueError(f"{name} ends before it starts: write its first and its last position")
        return columns


class Fixed(Part):
    """How a fixed-width file is written; the document is then `{rows: [{...}]}`, each with its `line` kind."""

    encoding: Encodings = ("utf-8-sig",)
    lines: dict[str, Line] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        _inherit_what_is_there({name: (tuple(line.columns), line.inherits) for name, line in self.lines.items()})
        return self


def _inherit_what_is_there(kinds: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    for name, (columns, inherited) in kinds.items():
        if "line" in columns:
            raise ValueError(f"{name}: `line` is the kind of a line: give the column another name")
        for kind in inherited:
            if kind not in kinds:
                raise ValueError(f"{name} inherits {kind}, which is no kind of line here")
            if kind in columns:
                raise ValueError(f"{name} has a column {kind}, and inherits a line of that name: rename one")


class MappingFile(Part):
    """A feed format, described."""

    format: str = Field(description="its name: small letters, digits and dashes", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    title: str = Field(description="what it is, in a few words", min_length=1, max_length=80)
    source: str = Field(description="the document that the table was taken from, with its date")
    reads: Literal["json", "xml", "csv", "fixed"] = "json"
    csv: Csv | None = None
    fixed: Fixed | None = None
    namespaces: dict[str, str] = Field({}, description="prefixes that XPath expressions use")
    schemes: tuple[Annotated[str, WithJsonSchema({"enum": list(SCHEMES)})], ...] = Field(
        ("bearer", "hmac-sha256"), min_length=1, description="signature schemes that go with it, the usual one first"
    )
    answer: Annotated[str, WithJsonSchema({"enum": list(STYLES)})] = Field(
        "receipt", description="how its senders want to be answered"
    )
    recognise: Annotated[tuple[OnPush, ...], _LISTED] = Field(
        min_length=1, description="one of these is true for every push of this format"
    )
    shipments: OnPush | None = Field(
        None,
        description="where the list of what holds the parcels is, if the feed groups them; left out: the push",
    )
    parcels: OnShipment | None = Field(
        None, description="where the list of parcels is; left out: the shipment, or the push, is about one"
    )
    scans: OnParcel | None = Field(
        None, description="where the list of scans is in a parcel; left out: it is one itself"
    )
    test: OnPush | None = Field(None, description="true for a test push, which moves nothing")
    scan: Scan
    statuses: dict[str, Meaning | None] = Field(
        min_length=1,
        description="meaning by code; parts are joined with /, * stands for any text; null: known, but left open",
    )
    statuses_on_return: dict[str, Meaning | None] = Field({}, description="the same, first, on the way back")

    @field_validator("schemes")
    @classmethod
    def _are_known(cls, schemes: tuple[str, ...]) -> tuple[str, ...]:
        for scheme in schemes:
            if scheme not in SCHEMES:
                raise ValueError(f"there is no signature scheme {scheme}: it is one of {', '.join(SCHEMES)}")
        return schemes

    @field_validator("answer")
    @classmethod
    def _is_known(cls, answer: str) -> str:
        if answer not in STYLES:
            raise ValueError(f"nobody is answered with {answer}: it is one of {', '.join(STYLES)}")
        return answer

    @model_validator(mode="after")
    def _says_how_it_is_written(self) -> Self:
        if (self.reads == "fixed") != (self.fixed is not None):
            raise ValueError("`fixed` goes with `reads: fixed`, and only with that")
        if self.csv is not None and self.reads != "csv":
            raise ValueError("`csv` goes with `reads: csv`")
        if self.namespaces and self.reads != "xml":
            raise ValueError("`namespaces` goes with `reads: xml`")
        return self


FOLDED = re.compile(r"\s+")


def folded(code: str) -> str:
    """Give a code as tables compare it: small letters, single spaces."""
    return FOLDED.sub(" ", code).strip().casefold()

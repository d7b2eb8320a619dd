"""The draft of a mapping file, written from what samples show; what is guessed says so, for a person to check."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from carrier_adapter.drafting import guessing
from carrier_adapter.drafting.guessing import EACH, Level, Path, Seen
from carrier_adapter.drafting.samples import NoSample, Samples, read_samples
from carrier_adapter.drafting.wording import proposal

_MOST_CODES: Final = 100
_MOST_TEXT: Final = 60

SCHEMA: Final = (
    "mapping-file.schema.json"  #: In docs; editors look for it beside the file, or where this is changed to.
)


def draft(bodies: Sequence[bytes], name: str) -> str:
    """Propose a mapping file, called *name*, for a feed with these samples. Raises `NoSample`."""
    return _Draft(read_samples(bodies), name).text()


@dataclass(frozen=True, slots=True)
class _Found:
    """What the samples show."""

    scan: Level
    above: tuple[Level, ...]  #: The levels that the scan lies in, the innermost first.
    number: tuple[Level, Seen] | None
    code: Seen | None
    when: guessing.When | None
    text: Seen | None
    places: list[Seen]
    estimate: tuple[Level, guessing.When] | None


def _look(samples: Samples) -> _Found:
    levels = guessing.levels_of(samples.trees)
    if not levels:
        raise NoSample("the samples hold no fields")
    scan = guessing.scan_level(levels)
    inner = [levels[scan.path[:n]] for n in range(len(scan.path) - 1, -1, -1) if scan.path[:n] in levels]
    above = tuple(level for level in inner if level.path == () or level.path[-1] == EACH)
    if samples.reads == "fixed":
        above += tuple(level for level in levels.values() if level not in (scan, *above) and level.path)
    when = guessing.when(list(scan.fields.values()))
    used = list(when.fields) if when else []
    beside = [level for level in levels.values() if level.path.count(EACH) == 1 and level not in (scan, *above)]
    number = guessing.number((scan, *above), skip=used) or guessing.number(beside, skip=used)
    code = guessing.code(scan, skip=[*used, *([number[1]] if number and number[0] is scan else [])])
    used += [code] if code else []
    text = guessing.text(scan, skip=used)
    places = guessing.places(scan, skip=[*used, *([text] if text else [])])
    estimates = ((level, guessing.estimate(list(level.fields.values()))) for level in (scan, *above))
    estimate = next(((level, one) for level, one in estimates if one), None)
    return _Found(scan, above, number, code, when, text, places, estimate)


class _Draft:
    """Writes one draft."""

    def __init__(self, samples: Samples, name: str) -> None:
        self._samples = samples
        self._found = _look(samples)
        self._name = name

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        found, reads = self._found, self._samples.reads
        yield f"# yaml-language-server: $schema={SCHEMA}"
        yield "# A draft, made by looking at samples. Check every line; `carrier-adapter try` shows what it means."
        yield "# Texts of the samples stand in comments: take out what names a person."
        yield f"format: {self._name}"
        yield f"title: {self._name} feed  # check: what it is, in a few words"
        yield "source: samples, and no document yet  # check: name the carrier's document and its date"
        if reads != "json":
            yield f"reads: {reads}"
        yield from self._how_it_is_written()
        yield "schemes: [bearer, hmac-sha256]  # check: how the carrier signs; `carrier-adapter formats` shows others"
        yield f"recognise: {_quoted(self._recognise())}  # check: true for every push of this feed, and for no other"
        yield from self._where_scans_are()
        yield "scan:"
        yield from self._number()
        yield from self._code()
        yield from self._when()
        if found.text is not None:
            yield f"  text: {_quoted(self._expression(found.scan, found.text))}"
        if found.places:
            yield f"  place: {_several(self._expression(found.scan, one) for one in found.places)}"
        yield from self._estimate()
        yield from self._to_consider()
        yield from self._statuses()

    def _how_it_is_written(self) -> Iterator[str]:
        samples = self._samples
        if samples.namespaces:
            pairs = ", ".join(f"{prefix}: {_quoted(uri)}" for prefix, uri in samples.namespaces.items())
            yield f"namespaces: {{{pairs}}}"
        if samples.csv is not None:
            yield f"csv: {{delimiter: {_quoted(samples.csv.delimiter)}, encoding: {samples.csv.encoding[0]}}}"
        if samples.fixed is not None:
            yield "fixed:  # check: the columns are guessed from blanks; the carrier's document says them"
            yield f"  encoding: {samples.fixed.encoding[0]}"
            yield "  lines:"
            others = [self._kind(level) for level in self._found.above if level.path]
            for kind, line in samples.fixed.lines.items():
                yield f"    {kind}:"
                yield f"      starts: {_quoted(line.starts)}"
                if self._found.scan.path[:1] == (kind,) and others:
                    yield f"      inherits: [{', '.join(others)}]"
                columns = ", ".join(f"{name}: [{first}, {last}]" for name, (first, last) in line.columns.items())
                yield f"      columns: {{{columns}}}"

    # --- places ------------------------------------------------------------------------------------------------------

    def _kind(self, level: Level) -> str:
        return level.path[0]

    def _recognise(self) -> str:
        samples, scan = self._samples, self._found.scan
        if samples.reads == "xml":
            root = next(iter(samples.trees[0]))
            return "/" + "/".join(scan.path[: scan.path.index(EACH) - 1] or (root,)) if scan.path else f"/{root}"
        if samples.reads == "csv":
            columns = [one.path[0] for one in scan.fields.values()][:3]
            return " && ".join(f"contains(push.header, {_raw(column)})" for column in columns)
        if samples.reads == "fixed":
            return f"push.rows[?line=={_raw(self._kind(scan))}]"
        if scan.path:
            return _jmespath("push", scan.path[: scan.path.index(EACH)]) or "push"
        # The number last: it is what the expression gives, and a code may be 0.
        known = [one for one in (self._found.code, self._found.number and self._found.number[1]) if one]
        return " && ".join(_jmespath("push", one.path) for one in known) or "push"

    def _where_scans_are(self) -> Iterator[str]:
        reads, path = self._samples.reads, self._found.scan.path
        note = "  # check: where the list of scans is"
        if reads == "csv":
            yield "scans: push.rows"
        elif reads == "fixed":
            yield f"scans: {_quoted(self._recognise())}{note}"
        elif reads == "xml":
            if path:
                yield f"scans: {_quoted('/' + '/'.join(part for part in path if part != EACH))}{note}"
        else:
            parts = _split(path)
            if len(parts) > 1:
                outer = "[].".join(_jmespath("", part) for part in parts[:-1] if part)
                outer = f"push[].{outer}" if outer and not parts[0] else f"push.{outer}" if outer else "push"
                yield f"parcels: {_quoted(outer + ('[]' if len(parts) > 2 and outer != 'push' else ''))}"
                yield f"scans: {_quoted(_jmespath('parcel', parts[-1]))}{note}"
            elif parts:
                yield f"scans: {_quoted(_jmespath('push', parts[0]))}{note}"

    def _expression(self, level: Level, one: Seen) -> str:
        """Give the expression that leads from a scan to a field."""
        scan, reads = self._found.scan, self._samples.reads
        if reads == "xml":
            return self._xpath(level, one)
        if level is scan:
            return _jmespath("scan" if scan.path else "push", one.path)
        if reads == "fixed":
            return _jmespath(f"scan.{self._kind(level)}", one.path)
        if level not in self._found.above:  # a list beside that of the scans: its first
            return f"{_jmespath('push', level.path[:-1])}[0].{_jmespath('', one.path)}"
        return _jmespath("parcel" if level.path else "push", one.path)

    def _xpath(self, level: Level, one: Seen) -> str:
        steps = [part for part in one.path if part != "."]
        if level is self._found.scan and level.path:
            return "/".join(steps) or "."
        if level not in self._found.above or not level.path:
            return "/" + "/".join([part for part in level.path if part != EACH] + steps)
        return "/".join([f"ancestor::{level.path[-2]}[1]", *steps])

    # --- parts of a scan ---------------------------------------------------------------------------------------------

    def _number(self) -> Iterator[str]:
        if self._found.number is None:
            yield f"  number: {self._nothing()}  # check: no tracking number was found"
        else:
            level, one = self._found.number
            yield f"  number: {_quoted(self._expression(level, one))}  # check: seen {_shown(one.values[0])}"

    def _nothing(self) -> str:
        return "'@tracking-number'" if self._samples.reads == "xml" else "push.tracking_number"

    def _code(self) -> Iterator[str]:
        if self._found.code is None:
            nothing = "'@code'" if self._samples.reads == "xml" else "push.code"
            yield f"  code: {nothing}  # check: no code was found"
        else:
            yield f"  code: {_quoted(self._expression(self._found.scan, self._found.code))}"

    def _when(self) -> Iterator[str]:
        when = self._found.when
        if when is None:
            yield "  # time: no time was found; without one, that of receipt counts"
            return
        yield "  time:"
        yield f"    from: {_several(self._expression(self._found.scan, one) for one in when.fields)}"
        others = f"; {' and '.join(when.others[:3])} fit as well" if when.others else ""
        seen = _shown(" ".join(one.values[0] for one in when.fields))
        yield f"    layouts: {_quoted(when.layout)}  # check: seen {seen}{others}"
        if not re.search(r"%z|epoch", when.layout) and not _has_offset(when):
            yield "    zone: account  # check: the times have no offset; name the zone if it is always the same"

    def _estimate(self) -> Iterator[str]:
        if self._found.estimate is not None:
            level, when = self._found.estimate
            where = _several(self._expression(level, one) for one in when.fields)
            yield f"  estimate: {{from: {where}, layouts: {_quoted(when.layout)}}}  # check: is it that of delivery?"

    def _to_consider(self) -> Iterator[str]:
        found = self._found
        for one in found.scan.fields.values():
            where = self._expression(found.scan, one)
            if one.name in ("id", "eventid", "scanid", "uuid") and len(set(one.values)) == len(one.values):
                yield f"  # record_id: {_quoted(where)}  # only if the carrier keeps it when it sends a scan again"
            elif one.name in ("reason", "reasoncode", "substatus", "subcode", "statusdetail", "failurereason"):
                yield f"  # code: [..., {_quoted(where)}]  # if it says more; keys below are then written A/B"
        for level in (found.scan, *found.above):
            for one in level.fields.values():
                where = self._expression(level, one)
                if one.name in ("carrier", "carriername", "carriercode", "courier", "couriercode"):
                    yield f"  # carrier: {_quoted(where)}  # if the feed is of several carriers"
                elif set(one.words) & {"rts", "rto", "return", "returned", "reverse"}:
                    yield f"  # return_leg: {_quoted(where)}  # if it is true on the way back"

    def _statuses(self) -> Iterator[str]:
        yield "# Write status.sub-status for each code, as the carrier's document explains it; null leaves it unmapped."
        yield "statuses:"
        found = self._found
        text_path = found.text.path if found.text else None
        codes = (
            guessing.seen_codes(self._samples.trees, found.scan.path, found.code.path, text_path) if found.code else {}
        )
        if not codes:
            yield "  EXAMPLE: null  # check: no code was seen"
        for said, text in list(codes.items())[:_MOST_CODES]:
            guess = proposal(said, text)
            seen = f"  # seen: {_shown(text)}" if text and text != said else ""
            yield f"  {_key(said)}: null{seen}" + (f"  # perhaps {guess}" if guess else "")
        if len(codes) > _MOST_CODES:
            yield f"  # and {len(codes) - _MOST_CODES} more: a * in a key stands for any text"


def _has_offset(when: guessing.When) -> bool:
    return all(re.search(r"(?:Z|[+-]\d{2}:?\d{2})$", one.values[0]) for one in when.fields[-1:])


def _split(path: Path) -> list[Path]:
    parts: list[Path] = []
    inner: list[str] = []
    for part in path:
        if part == EACH:
            parts.append(tuple(inner))
            inner = []
        else:
            inner.append(part)
    return parts


def _jmespath(start: str, path: Path) -> str:
    names = [name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else json.dumps(name) for name in path]
    return ".".join([*([start] if start else []), *names])


def _raw(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _several(expressions: Iterator[str]) -> str:
    said = [_quoted(one) for one in expressions]
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"


def _key(code: str) -> str:
    return _quoted(code, plain=r"[A-Za-z0-9][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")


def _quoted(text: str, plain: str = r"[A-Za-z_][A-Za-z0-9_.-]*") -> str:
    """Write a text so that YAML takes it for itself."""
    if re.fullmatch(plain, text) and text.lower() not in ("null", "~"):
        return text
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else json.dumps(text)


def _shown(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"

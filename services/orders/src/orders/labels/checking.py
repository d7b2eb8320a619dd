"""Checks a label against its order, and reads all that is on it (R4); reads inserts (R3). Pure."""

from collections.abc import Collection, Iterator, Sequence

from orders.labels.folding import fold, plain
from orders.labels.label import Code, Finding, Item, Label
from orders.labels.linting import Nature, finding, lint, lint_field, praise_and_threats
from orders.labels.vocabulary import FRAGILE_MARK

REASONS = {
    "R4.lacks": "A label must carry recipient name, address, items, tracking number and handling marks.",
    "R4.differs": "A label must say what the order says.",
}
INSERT = "insert"  #: The field that findings about an insert name.
CUT = "¶"  #: What stands for it then, so that the words beside it do not become neighbours.
FILE = "file"  #: Of *texts*: what `reading.read_text` found in the label's file, where its other fields stand again.


def check(
    label: Label,
    *,
    lines: Sequence[Item],
    recipient: str,
    address: Sequence[str],
    tracking_numbers: Collection[str],
    order_number: str = "",
    fragile: Collection[str] = (),
    handling: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Give everything that *label* is refused for; nothing means that it may be stuck on.

    *lines* are the parcel's, *fragile* the SKUs that need a mark, *handling* other marks that it needs. *order_number*
    and *tracking_numbers* may be in bar codes. Case, accents, spaces and punctuation make no difference.
    """
    numbers = [number for number in (*tracking_numbers, label.tracking_number, order_number) if number.strip()]
    marks = [*handling, *(["FRAGILE"] if any(item.sku in fragile for item in lines) else [])]
    return (
        *_check_name(label.recipient, recipient),
        *_check_address(label.address, address),
        *_check_items(label.items, lines),
        *_check_tracking_number(label.tracking_number, tracking_numbers),
        *_check_handling(label.handling, marks),
        *_lint_fields(label, lines, address, tracking_numbers, numbers),
        *lint(_without_own_fields(label), known=numbers),
        *(refusal for code in label.codes for refusal in _check_code(code, (*tracking_numbers, order_number))),
    )


def check_insert(text: str) -> tuple[Finding, ...]:
    """Give what R3 prohibits in an insert: threats, and asking for positive reviews. The rest is R4's, for labels."""
    return tuple(praise_and_threats(INSERT, text))


def _check_name(on_label: str, ordered: str) -> Iterator[Finding]:
    if not plain(on_label):
        yield finding("recipient", "", "R4.lacks", f"Put the recipient's name on the label: {ordered}.")
    elif plain(on_label) != plain(ordered):
        yield finding("recipient", on_label, "R4.differs", f"Put the order's recipient on the label: {ordered}.")


def _check_address(on_label: Sequence[str], ordered: Sequence[str]) -> Iterator[Finding]:
    printed = "".join(plain(line) for line in on_label)
    missing = [line for line in ordered if plain(line) not in printed]
    if not printed:
        yield finding("address", "", "R4.lacks", "Put the order's address on the label.")
    elif missing:
        yield finding(
            "address", "", "R4.differs", f"Put the order's address on the label; it lacks: {', '.join(missing)}."
        )


def _check_items(on_label: Sequence[Item], ordered: Sequence[Item]) -> Iterator[Finding]:
    if not on_label:
        yield finding("items", "", "R4.lacks", "List on the label the items that are in the parcel.")
        return
    printed, due = _quantities(on_label), _quantities(ordered)
    for sku in sorted(due.keys() - printed.keys()):
        yield finding("items", "", "R4.lacks", f"List {due[sku]} × {sku} on the label, as the parcel's lines do.")
    for sku in sorted(printed.keys() - due.keys()):
        yield finding("items", sku, "R4.differs", f"Take {sku} off the label, or pack it as a line of the parcel.")
    for sku in sorted(printed.keys() & due.keys()):
        if printed[sku] != due[sku]:
            yield finding("items", sku, "R4.differs", f"Write {due[sku]} × {sku}: the label says {printed[sku]}.")


def _quantities(items: Sequence[Item]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for item in items:
        counted[item.sku] = counted.get(item.sku, 0) + item.quantity
    return counted


def _check_tracking_number(on_label: str, ours: Collection[str]) -> Iterator[Finding]:
    if not plain(on_label):
        yield finding("tracking_number", "", "R4.lacks", "Put the parcel's tracking number on the label.")
    elif plain(on_label) not in {plain(number) for number in ours}:
        reason = "Put the parcel's tracking number on the label, or record this one for the parcel."
        yield finding("tracking_number", on_label, "R4.differs", reason)


def _check_handling(on_label: Sequence[str], needed: Sequence[str]) -> Iterator[Finding]:
    printed = " \n ".join(on_label)
    for mark in needed:
        says_so = plain(mark) in plain(printed)
        if plain(mark) == "fragile":
            says_so = FRAGILE_MARK.search(fold(printed).text) is not None
        if not says_so:
            yield finding("handling", "", "R4.lacks", f"Put the handling mark {mark} on the label.")


def _lint_fields(
    label: Label,
    lines: Sequence[Item],
    address: Sequence[str],
    tracking_numbers: Collection[str],
    known: Collection[str],
) -> Iterator[Finding]:
    """Read the fields that R4 asks for: what the order says in them itself is names, the rest is prose."""
    yield from lint_field("recipient", label.recipient, Nature.NAMES, known)
    ordered = "".join(plain(line) for line in address)
    for line in label.address:
        nature = Nature.NAMES if plain(line) in ordered else Nature.PROSE
        yield from lint_field("address", line, nature, known)
    titles = {item.sku: plain(item.title) for item in lines}
    for item in label.items:
        nature = Nature.NAMES if plain(item.title) in titles.get(item.sku, "") else Nature.PROSE
        yield from lint_field("items", item.title, nature, known)
        if item.sku not in titles:
            yield from lint_field("items", item.sku, Nature.NUMBERS, known)
    if label.tracking_number not in tracking_numbers:
        yield from lint_field("tracking_number", label.tracking_number, Nature.NUMBERS, known)
    for mark in label.handling:
        yield from lint_field("handling", mark, Nature.PROSE, known)
    yield from lint_field("phone", label.phone, Nature.PHONE, known)


def _without_own_fields(label: Label) -> dict[str, str]:
    """Give its texts; out of the file's, what the label's own fields hold is cut, for it is read there."""
    texts = dict(label.texts)
    if FILE in texts:
        own = [
            label.recipient,
            *label.address,
            label.tracking_number,
            label.phone,
            *(item.title for item in label.items),
        ]
        for words in sorted(filter(str.strip, own), key=len, reverse=True):
            texts[FILE] = texts[FILE].replace(words, f" {CUT} ")
    return texts


def _check_code(code: Code, numbers: Collection[str]) -> Iterator[Finding]:
    """R4 knows no good QR code; any other symbol is about the order if it holds one of its numbers."""
    if "qr" in plain(code.kind):
        yield finding("codes", code.payload, "R4.qr", "Take the QR code off the label, whatever it holds.")
        yield from lint_field("codes", code.payload, Nature.NUMBERS, numbers)
        return
    held = plain(code.payload)
    if not any(plain(number) in held for number in numbers if plain(number)):
        reason = "Take this code off the label: it holds neither the tracking number nor the order's number."
        yield finding("codes", code.payload, "R4.unrelated", reason)
    yield from lint_field("codes", code.payload, Nature.NUMBERS, numbers)

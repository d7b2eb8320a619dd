"""What messages say: Jinja2 templates, a text and an HTML part, and the subject on the first line of the text."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

#: Counts up when a template says something else; a message keeps the one that it was made with.
TEMPLATES_VERSION = 1


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it is read."""

    subject: str
    text: str
    html: str


def _templates() -> dict[str, str]:
    folder = resources.files("notifier").joinpath("templates")
    return {
        f"{language.name}/{file.name}": file.read_text()
        for language in folder.iterdir()
        if language.is_dir()
        for file in language.iterdir()
    }


def plain(value: object) -> str:
    """Give a value fit for a line of text: no control, invisible or direction characters."""
    return "".join(letter if letter.isprintable() else " " for letter in str(value)).strip()


def _day(instant: str, zone: str) -> str:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).strftime("%A %-d %B, %H:%M")


_ENVIRONMENT = Environment(
    loader=DictLoader(_templates()),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["plain"] = plain
_ENVIRONMENT.filters["day"] = _day


def render(recipient: str, parts: list[dict[str, Any]], about: dict[str, Any], locale: str) -> Mail:
    """Write a message. *parts* are the values of its kinds, the most important first; *about* is the order and reader.

    Raises UndefinedError where a template asks for what is not there.
    """
    language = locale if f"{locale}/{recipient}.txt" in _ENVIRONMENT.loader.mapping else "en"  # type: ignore[union-attr]
    values = {"parts": parts, **about}
    whole = _ENVIRONMENT.get_template(f"{language}/{recipient}.txt").render(values)
    subject, _, text = whole.partition("\n")
    paragraphs = [paragraph.split("\n") for paragraph in text.strip().split("\n\n")]
    html = _ENVIRONMENT.get_template(f"{language}/page.html").render(subject=subject, paragraphs=paragraphs)
    return Mail(plain(subject), text.strip() + "\n", html)

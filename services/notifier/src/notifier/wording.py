"""What messages say: Jinja2 templates, a text and an HTML part, and the subject on the first line of the text."""

import re
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

#: Counts up when a template says something else; a message that was sent keeps the one that it was written with.
TEMPLATES_VERSION = 2

OTHERWISE = "en"  #: The language of those whose own there is none of.
LONGEST = 100  #: Letters of a name or a number that others chose.


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it is read."""

    subject: str
    text: str
    html: str
    language: str


def _templates() -> dict[str, str]:
    folder = resources.files("notifier").joinpath("templates")
    return {
        f"{language.name}/{file.name}": file.read_text()
        for language in folder.iterdir()
        if language.is_dir()
        for file in language.iterdir()
    }


def plain(value: object) -> str:
    """Give a value that others chose, fit for a line of text.

    Without control, invisible or direction characters, of one line, not too long, and no link for a mail program.
    """
    visible = "".join(letter if letter.isprintable() else " " for letter in str(value))
    words = " ".join(visible.replace("://", " ").split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def _sentence(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def amount(value: str) -> str:
    """Give a sum of money as it is written: ``12.5 SGD`` is ``12.50 SGD``; currencies without cents have none."""
    number, _, currency = plain(value).partition(" ")
    whole, point, cents = number.partition(".")
    return f"{whole}{point}{cents:0<2} {currency}" if point else f"{number} {currency}"


def _when(instant: str, zone: str) -> str:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).strftime("%A %-d %B at %H:%M")


_TEXTS = _templates()
_ENVIRONMENT = Environment(
    loader=DictLoader(_TEXTS),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"amount": amount, "plain": plain, "sentence": _sentence, "when": _when}


def language_for(locale: str) -> str:
    """Give the nearest language that there are templates in: ``de-AT``, else ``de``, else English."""
    known = {name.partition("/")[0] for name in _TEXTS}
    return next((tag for tag in (locale, locale.partition("-")[0]) if tag in known), OTHERWISE)


def render(recipient: str, parts: list[dict[str, Any]], about: dict[str, Any], locale: str) -> Mail:
    """Write a message. *parts* are the values of its facts, the most important first; *about* is the order and reader.

    Raises UndefinedError where a template asks for what is not there.
    """
    language = language_for(locale)
    subject, _, text = (
        _ENVIRONMENT.get_template(f"{language}/{recipient}.txt").render(parts=parts, **about).partition("\n")
    )
    paragraphs = [block.strip().split("\n") for block in re.split(r"\n\s*\n", text.strip())]
    page = _ENVIRONMENT.get_template(f"{language}/page.html")
    html = page.render(subject=subject, paragraphs=paragraphs, tracking_url=about["tracking_url"])
    return Mail(subject, "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n", html, language)

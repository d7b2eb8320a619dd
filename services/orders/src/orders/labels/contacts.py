"""Ways to reach the seller outside the marketplace: e-mail and accounts of other platforms (R4)."""

import re
from collections.abc import Iterator

from orders.labels import links
from orders.labels.folding import Folded
from orders.labels.vocabulary import ADDING, PLATFORMS, SHORT_PLATFORMS

AT_WORDS = r"at|arroba|a\s?cong|艾特|圈a"
LOCAL = r"[a-z0-9][\w.+-]*"
#: What stands before a domain that makes an e-mail address of it.
BEFORE_DOMAIN = re.compile(
    rf"(?P<local>{LOCAL})(?:\s*@\s*|\s*[\[({{<]\s*(?:@|{AT_WORDS})\s*[\])}}>]\s*|\s+(?:arroba|a\s?cong)\s+|(?P<weak>\s+at\s+))\Z"
)
MAIL_HOSTS = re.compile(r"gmail|yahoo|hotmail|outlook|icloud|proton|gmx|yandex|live|aol|163|126|qq|mail")
EMAIL = re.compile(
    rf"{LOCAL}\s?@\s?[a-z0-9-]{{2,}}(?:\s?\.\s?[a-z0-9-]{{2,}})+|{LOCAL}@[a-z][a-z0-9-]+|(?<![a-z0-9])mailto\s*:\S+"
)
HANDLE = re.compile(
    r"(?<![\w@])@\s?(?!\d+(?:[.,]\d+)?(?:ml|cl|l|g|gr|kg|mm|cm|m|k|rb|pcs|pc|x|w|v)?(?![a-z0-9]))[\w.]{3,}"
)

ACCOUNT = r"@?[a-z0-9][\w.-]{2,}"
LINK_WORDS = r"id|account|acc|user|username|no|number|ไอดี|群|号|号码|账号"
#: A platform by its full name, with the account beside it where there is one.
NAMED = re.compile(
    rf"(?:{PLATFORMS})(?:\s*(?:{LINK_WORDS})(?![a-z]))?(?:\s*[:=/@❤_-]+\s*{ACCOUNT}|\s+(?=\S*[\d_.@])@?{ACCOUNT}|\s*\d{{5,}})?"
)
#: The same where names of things are written: only an account or a request makes it a contact.
NAMED_FOR_SURE = re.compile(
    rf"(?:{PLATFORMS})\s*(?:(?:{LINK_WORDS})\s*[:=]?\s*|[:=@/]+\s*)@?(?=[\w.-]*[\d_@.]){ACCOUNT}|(?:{ADDING})\s*(?:{PLATFORMS})"
)
SHORT = re.compile(
    rf"(?<![a-z0-9])(?:{SHORT_PLATFORMS})(?:"
    rf"\s*@\s*{ACCOUNT}|\s*(?:id|群|号|账号|ไอดี)(?![a-z])\s*[:=]?\s*{ACCOUNT}|\s*❤\s*[:=]?\s*{ACCOUNT})"
    rf"|(?<![a-z0-9])(?:fb|ig|tg|wa|vk)\s?/\s?{ACCOUNT}|(?<![a-z0-9])(?:qq|vx|wx)群?\s*[:=]?\s*@?[a-z0-9][\w.-]{{4,}}"
    rf"|(?:^|(?<=[^\w\s]\s)|(?<=[^\w\s])|(?<=\n))(?:{SHORT_PLATFORMS})\s*[:=]\s*{ACCOUNT}"
    rf"|(?<![a-z0-9])(?:ig|fb|wa|tg|vx)\s*[:=]\s*{ACCOUNT}"
    r"|(?<![a-z0-9])v\s*:\s*(?=\w*\d)[a-z][\w-]{5,19}|(?<![a-z0-9])on (?:ig|fb|wa|tg|line)(?![a-z0-9-])"
    rf"|(?:{ADDING})[\s:]*(?:{SHORT_PLATFORMS})(?![a-z0-9])(?:[\s:=@/]*{ACCOUNT})?"
)
#: Hosts that are a way to write to somebody, not a page to read.
HOSTS = re.compile(
    r"(?:^|[/.\s])(?:t\s?\.\s?me|telegram\.\w+|wa\.me|whatsapp\.com|wechat\.com|weixin\.qq\.com|line\.me|lin\.ee|m\.me|fb\.\w+"
    r"|facebook\.com|messenger\.com|instagram\.com|instagr\.am|zalo\.me|viber\.com|discord\.\w+|kakao\.com|signal\.me"
    r"|twitter\.com|x\.com|youtube\.com|youtu\.be|snapchat\.com|skype\.com|vk\.com|threads\.net|weibo\.com)(?![\w-])"
)


def find(folded: Folded, domains: list[tuple[int, int]], *, names_expected: bool = False) -> list[tuple[int, int]]:
    """Give where contacts start and end in ``folded.text``; *domains* is what `links.find` found in it.

    Where *names_expected*, as in an item's title, a platform's name alone is none.
    """
    return links.merged([*_emails(folded.text, domains), *_accounts(folded.text, names_expected=names_expected)])


def _emails(text: str, domains: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in domains:
        if HOSTS.search(text[start:end]):
            yield start, end
        before = BEFORE_DOMAIN.search(text, max(0, start - 80), start)
        if before and (not before["weak"] or MAIL_HOSTS.match(text, start)):
            yield before.start(), end
    for match in EMAIL.finditer(text):
        yield match.span()


def _accounts(text: str, *, names_expected: bool) -> Iterator[tuple[int, int]]:
    for pattern in (HANDLE, SHORT, NAMED_FOR_SURE if names_expected else NAMED):
        for match in pattern.finditer(text):
            yield match.span()

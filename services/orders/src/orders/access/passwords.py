"""Which passwords are taken, and passwords that are given out to be used once."""

import secrets
import unicodedata
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 200

#: The commonest of at least `SHORTEST` characters in lists of leaked passwords; repeated and counted-up ones are found
#: by `_is_monotonous`.
_LISTED: Final = """
    1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc q1w2e3r4t5y6 q1w2e3r4t5y6u7
    qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopasdf qwertyuiopasdfghjkl qwerty123456 qwerty1234567 qwerty12345678
    123456qwerty 123qweasdzxc qweasdzxc123 zxcvbnm12345 asdfghjkl123 asdfghjkl;'\\ zaq12wsxcde3 zaq1zaq1zaq1
    password1234 password12345 password123456 passwordpassword password123! passw0rd1234 p@ssw0rd1234 mypassword123
    iloveyou1234 iloveyou12345 iloveyouforever administrator administrator1 letmein12345 welcome12345 welcome123456
    changeme1234 correcthorsebatterystaple trustno1trustno1 football1234 princess1234 sunshine1234 superman1234
    unbelievable abcdef123456 abc123abc123 123abc123abc a1b2c3d4e5f6 aa1234567890 abcd12345678 1234567890qwerty
"""
COMMONEST: Final = frozenset(_LISTED.split())


def normalised(password: str) -> str:
    """Give the one spelling of a password whose letters a keyboard may compose in several ways (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def weakness_of(password: str, email: str) -> str | None:
    """Say what is wrong with a password that the user of *email* has chosen; None where it is taken."""
    given = normalised(password)
    if len(given) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(given) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if given.casefold() == email.casefold():
        return "must not be the e-mail address"
    if given.casefold() in COMMONEST or _is_monotonous(given):
        return "is among the first that anybody would try"
    return None


def _is_monotonous(password: str) -> bool:
    """Say whether it is one to three characters over and over, or counts up or down."""
    if any(password == (password[:n] * len(password))[: len(password)] for n in (1, 2, 3)):
        return True
    digits = "0123456789" * (len(password) // 10 + 2)
    letters = "abcdefghijklmnopqrstuvwxyz" * (len(password) // 26 + 2)
    return any(password.casefold() in run for line in (digits, letters) for run in (line, line[::-1]))


def make_one_time() -> str:
    """Make a password that is given out: 120 bits, in groups that can be read over the telephone."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789-"  # 32 without look-alikes; the dash only ends groups
    return "-".join("".join(secrets.choice(letters[:-1]) for _ in range(6)) for _ in range(4))

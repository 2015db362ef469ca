"""Secrets, and characters that PostgreSQL refuses, taken out of every text.

Every pattern is linear: it starts at a literal, and a run of characters that one start has read
is either consumed, bounded, or ended by the next start.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

RULES_VERSION = 1
MARK = "[REDACTED]"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# not a word: "Bearer token expired" and "Basic authentication" are sentences
_NO_WORD = r"(?-i:(?![A-Za-z][a-z-]{0,18}(?![A-Za-z0-9._~+/=-])))"
_KEY = (
    r"(?:passw(?:or)?d|(?<![a-z])pass|passphrase|pwd|secret|token|credentials?|signature"
    r"|(?:api|access|account|private|secret|auth|encryption|signing)[_-]?key)"
)
_COLON_KEY = r"(?:passw(?:or)?d|pwd|-token|(?:api|access|account)[_-]?key)"
_UNQUOTED = r"""[^\s"'&;,<>\\]+"""
_END = r"\\?(?=\n|\Z)"  # of a text that is cut off inside the quotes
_QUOTED = (
    rf"""(?:(")(?:[^"\\\n]++|\\.)++(?:"|{_END})|(')[^'\n]++(?:'|{_END})|(\\{{1,3}}")[^"\\\n]+)"""
)
# a mark before the value belongs to it, unless the next parameter follows at once
_MARKS = r"(?:[&;,<>]{1,3}(?![\w.-]{0,60}=))?"
_VALUE = rf"(?:{_QUOTED}|\\{{0,3}}[\"']?{_MARKS}{_UNQUOTED})"
_FLAG_PROSE = r"(?!(?:is|must|was|flag|not|and|or|cannot|requires?d?|option|has|for|to|file)\b|-)"
_BEGIN_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----"
_END_KEY = _BEGIN_KEY.replace("BEGIN", "END")


class _Rule(NamedTuple):
    """A pattern whose group 1 stays; groups 2 to 4 are the quote that its value opens with.

    Wherever it matches, the lower-case text holds one of the signs and, if any, one of the words
    and one of the keys.
    """

    signs: tuple[str, ...]
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    keys: tuple[str, ...] = ()


_KEY_WORDS = ("pass", "pwd", "secret", "token", "credential", "signature", "key")
_JSON_KEYS = tuple(
    word + end
    for word in (*_KEY_WORDS, "passwd", "password", "phrase", "credentials")
    for end in ('":', "':", "\\")
)
_RULES = (
    _Rule(("--",), ("private key",), re.compile(rf"(?s)(){_BEGIN_KEY}.*?(?:{_END_KEY}|\Z)")),
    # scheme://user:password@host, and the Go driver's user:password@tcp(host)
    _Rule(("@",), (), re.compile(r"""(://[^\s/@:"']*:)[^\s/"'<>]+(?=@)""")),
    _Rule(("@",), ("tcp(", "unix("), re.compile(r"((?<=:))[^\s:@/\"']+(?=@(?:tcp|unix)\()")),
    # in the address of a chat webhook the path or the parameter is the key
    _Rule(
        ("://",),
        ("hook", "telegram"),
        re.compile(
            r"(?i)(://[a-z0-9.-]{1,80}/(?:services/|webhookb?2?/|api/webhooks/|incoming/"
            r"|workflows/|open-apis/bot/v2/hook/|bot(?=\d)|=(?=[a-z0-9]+/incoming/)))"
            r"[^\s\"'<>?\\]+"
        ),
    ),
    _Rule(("=",), ("key=",), re.compile(r"(?i)([?&]key=)[^\s&\"'<>#\\]+")),
    _Rule(("=",), ("sig=",), re.compile(r"(?i)((?<![a-z0-9])sig=)[^\s&\"'<>#\\]+")),
    _Rule(
        ("authoriz",),
        (),
        re.compile(
            r"(?i)(authorization(?:\\{0,3}[\"'])?\s{0,9}[:=]\s{0,9}(?:\\{0,3}[\"'])?"
            rf"(?:(?:bearer|basic|token|digest|negotiate|apikey)\s{{1,9}}|{_NO_WORD}))"
            r"[^\s\"'\\,;]+"
        ),
    ),
    _Rule(
        ("bearer", "basic"),
        (),
        re.compile(
            r"(?i)((?<![\w-])(?:bearer|basic)\s{1,9})(?!(?:realm|scope|error|service|charset)=)"
            rf"{_NO_WORD}[a-z0-9._~+/=-]{{6,}}"
        ),
    ),
    _Rule(
        ("eyj",),
        (),
        re.compile(r"((?<![A-Za-z0-9_-]))eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-][A-Za-z0-9_.-]*"),
    ),
    _Rule(
        ("akia", "asia"),
        (),
        re.compile(r"((?<![A-Za-z0-9]))(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ),
    _Rule(
        ("aiza", "ghp_", "gho_", "ghs_", "_pat_", "glpat-", "xox", "npm_", "hvs."),
        (),
        re.compile(
            r"((?<![A-Za-z0-9]))(?:AIza|gh[ops]_|github_pat_|dckr_pat_|glpat-|xox[a-z]-|npm_"
            r"|hvs\.)"
            r"[A-Za-z0-9_-]{16,}"
        ),
    ),
    # names of objects may begin alike, and have no capitals
    _Rule(
        ("sk-",),
        (),
        re.compile(r"((?<![A-Za-z0-9_-]))sk-(?=[a-z0-9_-]{0,60}[A-Z])[A-Za-z0-9_-]{20,}"),
    ),
    # password=x, "password": "x", --password x; and password: x where x holds a digit
    _Rule(("=",), _KEY_WORDS, re.compile(rf"(?i)({_KEY}\s{{0,9}}=\s{{0,9}})(?!=){_VALUE}")),
    _Rule(
        ('":', "':"),
        _KEY_WORDS,
        re.compile(
            rf"(?i)({_KEY}\\{{0,3}}[\"']:\s{{0,9}})"
            rf"(?:{_QUOTED}|{_NO_WORD}(?![{{\[])(?!(?:null|true|false)\b){_UNQUOTED})"
        ),
        _JSON_KEYS,
    ),
    _Rule(
        ("--",),
        _KEY_WORDS,
        re.compile(rf"(?i)((?<![\w-])--[a-z0-9_-]{{0,40}}?{_KEY}\s{{1,9}}){_FLAG_PROSE}{_VALUE}"),
    ),
    _Rule(
        ("passwd:", "password:", "pwd:", "key:", "-token:"),
        (),
        re.compile(
            rf"(?i)({_COLON_KEY}:\s{{0,9}})"
            rf"(?:{_QUOTED}|(?=[^\s\"'&;,<>\\]{{0,60}}\d)[^\s\"'&;,<>\\]{{6,}})"
        ),
    ),
    # client_secret: x, token: x, where x holds a letter and a digit, and no sentence about it
    _Rule(
        ("secret: ", "token: "),
        (),
        re.compile(
            r"(?i)((?<![a-z-])(?:client[_-]?)?(?:secret|token): {1,9})"
            r"(?=[a-z0-9_.~+/=-]{0,60}\d)(?=[0-9_.~+/=-]{0,60}[a-z])"
            r"(?![^\s:]{0,300}:)(?!(?-i:[a-z0-9.-]{1,253} (?:not|is|was|in|has|does)\b))"
            r"[a-z0-9_.~+/=-]{6,}"
        ),
    ),
)
_RARE = "=@:_jz"  # in names and sentences

_Signs = tuple[tuple[str, tuple[int, ...]], ...]  # each with the rules it is a sign of


def _by_rare_character() -> tuple[tuple[str, _Signs], ...]:
    """Return every sign of the rules once, behind the rare character in it, "" for none."""
    rules: dict[str, dict[str, tuple[int, ...]]] = {}
    for number, rule in enumerate(_RULES):
        for sign in rule.signs:
            rare = next((character for character in _RARE if character in sign), "")
            signs = rules.setdefault(rare, {})
            signs[sign] = (*signs.get(sign, ()), number)
    return tuple((rare, tuple(signs.items())) for rare, signs in rules.items())


_SIGNS = _by_rare_character()
_CACHED_CHARACTERS = 256


def clean(text: str) -> str:
    """Replace NUL and lone surrogates by U+FFFD, and every known form of secret by a mark."""
    return _clean_short(text) if len(text) <= _CACHED_CHARACTERS else _clean(text)


def _clean(text: str) -> str:
    if not text.isascii() or "\x00" in text:
        text = _UNSTORABLE.sub("\ufffd", text)
    once = _redact(text)
    if once == text:
        return text
    # what stood beside a secret may be one itself, now that a mark separates them
    return _redact(_redact(once))


_clean_short = lru_cache(maxsize=8192)(_clean)  # most texts of events come again and again


def _redact(text: str) -> str:
    lower = text.lower()
    numbers: list[int] = []
    for rare, signs in _SIGNS:
        if rare in lower:
            for sign, some in signs:
                if sign in lower:
                    numbers += some
    for number in sorted(set(numbers)) if numbers else ():
        _, words, pattern, keys = _RULES[number]
        if not words or (_holds(lower, words) and (not keys or _holds(lower, keys))):
            text = pattern.sub(_hide, text)
    return text


def _holds(lower: str, needles: tuple[str, ...]) -> bool:
    for needle in needles:  # noqa: SIM110 - any() takes three times as long, for every event
        if needle in lower:
            return True
    return False


def _hide(found: re.Match[str]) -> str:
    """Keep what leads to the secret, and its quotes."""
    opening = next((quote for quote in found.groups()[1:] if quote), "")
    closing = opening if len(opening) == 1 else ""
    return f"{found[1]}{opening}{MARK}{closing}"

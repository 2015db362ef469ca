"""Texts that any tenant may write into an event, and that must stay texts."""

from __future__ import annotations

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" onfocus="alert(1)" autofocus="',
    "</style></title></svg><script>alert(1)</script>",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    '<a href="javascript:alert(1)">log in again</a>',
    '<iframe src="https://evil.example/"></iframe>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "<svg onload=alert(1)>",
    "<style>@import 'https://evil.example/';</style>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "&lt;script&gt;&#60;b&#62;",
    "\x1b[2J\x1b[31mall is well",
    "\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x07",
    "\x9b31m C1 \x85 next line",
    "rewritten\rERROR 0 failures",
    "two\nlines\r\nthree\x0b\x0c",
    "NUL \x00 BS \x08\x08 DEL \x7f",
    "right-to-left \u202egnp.exe\u202c \u2066isolate\u2069",
    "zero\u200bwidth\u200djoiner\ufeff\u00ad",
    "separators\u2028here\u2029there",
    "lone \ud800 surrogate",
    "tags \U000e0041\U000e0042 and \uffff",
    "blank \u3164\u115f letters",
    "z" + "\u0351" * 500 + "algo",
    "<!channel> <@U1> @all [x](https://evil.example/)",
    "=HYPERLINK('https://evil.example/')",
    "x" * 5000,
    "宽" * 3000,
)


def label(text: str) -> str:
    """Return the beginning of *text* as the name of a test."""
    return ascii(text[:30])

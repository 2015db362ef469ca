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
    # mentions of everybody, as each chat writes them
    "@all",
    "@everyone @here @channel @team",
    "<!here> <!everyone> <!subteam^S012|ops>",
    "<@all> <@U024BE7LH>",
    '<at user_id="all">everybody</at>',
    "<at id=all></at><at>Everyone</at>",
    "@所有人 \uff20all x@all",
    # links and pictures
    "![](https://evil.example/pixel.png)",
    "[log in](javascript:alert(1)) [again](data:text/html,x)",
    "[x][y]\n\n[y]: https://evil.example/",
    "<https://evil.example|your bank> <mailto:a@evil.example>",
    "log in at https://evil.example/ or www.evil.example",
    "HTTPS://EVIL.EXAMPLE WWW.EVIL.EXAMPLE ftp://evil.example",
    # formatting
    "**bold** *bold* _thin_ ~~gone~~ ~gone~ `code`",
    "```\nfenced\n```\n~~~",
    "# heading\n- item\n1. item\n> quote\n---",
    "<font color='warning'>all is well</font><br/><hr/>",
    ":white_check_mark: :tada: \u2705",
    # tables
    "| a | b |\n| --- | --- |\n| c | d |",
    "a\\|b\\\\|c | d\\",
    "</td></tr></table><table>",
    # templates
    "${7*7} #{7*7} <%= 7*7 %> $(id) `id`",
    "{{DATE(2026-11-21T00:00:00Z,SHORT)}}",
    "{0} {name} {number} %s %(name)s %n",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    # cells that are formulas
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=cmd|' /C calc'!A0",
    "\uff1d1+1",
    # terminals
    "\x1b]8;;https://evil.example/\x07here\x1b]8;;\x07",
    "\x1b[?1049h\x1b[1A\x1b[2K",
    "\x9d0;title\x9c \x90q\x9c",
    # letters that go the other way
    "\u2067rtl\u2069 \u061c\u200f\u200e",
    "\u202d0 failures\u202c \u202b",
    # what ends a string elsewhere
    '","errcode":0,"at":{"isAtAll":true},"x":"',
    "\\u003cscript\\u003e \\x3c \\",
    "x\r\nBcc: everybody@evil.example\r\n\r\nall is well",
    "ok\n2026-11-21T00:00:00Z ERROR admin logged in",
    "'; drop table points; --",
    "../../etc/passwd%00.png",
    # what looks like ours
    "… 0 more rows\n0 failures in all",
    # wide, long and joined
    "\ufdfd" * 200,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\u200d\u2620\ufe0f",
    "e\u0301\u0301\u0301\u0301" * 400,
)


def label(text: str) -> str:
    """Return the beginning of *text* as the name of a test."""
    return ascii(text[:30])

"""Mails, from their composition to what an SMTP server gets."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import charset, message_from_bytes, policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analytics.digest import Link, Residual
from analytics.language import ENGLISH, speaking
from reports.channels import open_channel
from reports.channels.channel import Channel, Letter
from reports.channels.email import MOST_HTML_BYTES, MOST_ROWS, EmailChannel
from reports.channels.mail_address import parsed
from reports.channels.settings import EmailSettings, Part
from tests.effort import examples
from tests.smtp_servers import BadServer, GoodServer
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    gone,
    hot_spot,
    message,
    no_data,
    quiet,
    row,
    two_clusters,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from analytics.digest import Digest
    from tests.api_server import tls

NOW = datetime(2026, 11, 22, 7, 3, 9, tzinfo=UTC)
PASSWORD = "hunter2-correct-horse"


def configured(**changes: object) -> EmailSettings:
    """Return the settings of a mail to two people, with *changes*."""
    values: dict[str, object] = {
        "type": "email",
        "host": "mail.example.org",
        "sender": "Cluster digest <digest@example.org>",
        "to": ("ops@example.org",),
        "cc": ("Büro Süd <buero@münchen.example>",),
    }
    return EmailSettings.model_validate(values | changes)


def letter(digest: Digest, **changes: object) -> Letter:
    """Return *digest* as the letter with the id ``daily-2026-11-21-ops``."""
    values: dict[str, object] = {"digest": digest, "id": "daily-2026-11-21-ops"}
    return Letter(**(values | changes))  # type: ignore[arg-type] # the keys are Letter's


def raw(digest: Digest | Letter, **changes: object) -> bytes:
    """Return the one composed mail."""
    one = digest if isinstance(digest, Letter) else letter(digest)
    [composed] = EmailChannel(configured(**changes)).compose(one)
    assert composed.content_type == "message/rfc822"
    return composed.body


def mail(digest: Digest | Letter, **changes: object) -> EmailMessage:
    """Return the one composed mail as a reader's program reads it."""
    return message_from_bytes(raw(digest, **changes), policy=policy.default)


def text_and_html(one: EmailMessage) -> tuple[str, str]:
    """Return both bodies."""
    text, html = one.get_body(("plain",)), one.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


class _Page(HTMLParser):
    """The tags with the names of their attributes, and what there is to read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.words: list[str] = []
        self.figures: list[str] = []  # words that are not foreign
        self._foreign = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.values += [value or "" for _, value in attrs]
        has_direction = any(name == "dir" for name, _ in attrs)
        self._foreign += tag in {"style", "title", "bdi"} or has_direction

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "title", "bdi"} or (tag in {"p", "code"} and self._foreign):
            self._foreign -= 1

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if not self._foreign:
            self.figures.append(data)


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_mail_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """Headers, text and HTML of each hand-made digest are known."""
    channel = open_channel(configured())
    one = letter(digest)
    [composed] = channel.compose(one)
    compare_golden(f"channels/email-{name}.txt", channel.preview(composed, one, NOW))
    compare_golden(f"channels/email-{name}.html", text_and_html(mail(digest))[1])


def test_bytes_do_not_depend_on_other_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that changes how the process encodes UTF-8, as apprise does, changes no mail."""
    expected = raw(busy())
    monkeypatch.setitem(charset.CHARSETS, "utf-8", (charset.QP, charset.QP, "utf-8"))
    assert raw(busy()) == expected


_COMPOSE = """
import sys
from tests.unit.reports.channels.test_email import raw
from tests.unit.reports.digests import busy
sys.stdout.buffer.write(raw(busy(), attach=True))
"""


@pytest.mark.long
def test_bytes_are_the_same_in_every_process() -> None:
    """Neither a boundary nor the order of attributes depends on the seed of hashes."""
    bodies = {
        subprocess.run(
            [sys.executable, "-c", _COMPOSE],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert bodies == {raw(busy(), attach=True)}


def test_parts_of_a_mail() -> None:
    """Text first, so that the last that a reader can show is the HTML; the page only if wanted."""
    plain = mail(busy())
    assert [part.get_content_type() for part in plain.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    attached = mail(busy(), attach=True)
    assert [part.get_content_type() for part in attached.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/html",
    ]
    [page] = attached.iter_attachments()
    assert page.get_filename() == "daily-2026-11-21.html"
    assert "<svg" in page.get_content()


def test_headers_of_a_mail() -> None:
    """Who, what, and that no human wrote it."""
    one = mail(busy())
    assert one["from"] == "Cluster digest <digest@example.org>"
    assert one["to"] == "ops@example.org"
    assert one["cc"] == "Büro Süd <buero@xn--mnchen-3ya.example>"
    assert one["subject"] == busy().verdict
    assert one["message-id"] == "<daily-2026-11-21-ops@example.org>"
    assert one["list-id"] == "<daily.kubedigest.example.org>"
    assert one["auto-submitted"] == "auto-generated"
    assert one["precedence"] == "bulk"
    assert one["date"] is None  # it is that of the sending


@pytest.mark.parametrize("name", ["集群事件日报" * 16, "\U0001d400" * 100, "é" * 100], ids=len)
def test_a_long_name_arrives_as_one(name: str) -> None:
    """Names in From, To and Cc have no space that is not theirs, and no line is too long."""
    who = f"{name} <{'x' * 64}@{'.'.join(['y' * 62] * 4)}>"
    one = mail(quiet(), sender=who, to=(who, who), cc=(who,))
    for header in ("from", "to", "cc"):
        assert {address.display_name for address in one[header].addresses} == {name}
    assert all(len(line) <= 998 for line in raw(quiet(), sender=who, to=(who, who)).split(b"\r\n"))


def test_a_month_of_days_is_one_conversation() -> None:
    """Days of a month have one root, the next month another, and so has another channel."""

    def root(digest: Digest, **changes: object) -> str:
        one = mail(digest, **changes)
        assert one["references"] == one["in-reply-to"] != one["message-id"]
        return str(one["references"])

    def day(number: int, month: int = 11) -> Digest:
        return busy(start=at(0).replace(day=number, month=month), period=f"2026-{month}-{number}")

    first = root(day(1))
    assert re.fullmatch(r"<daily\.2026-11\.[0-9a-f]{16}@example\.org>", first)
    assert root(day(30)) == first
    assert root(day(1, month=12)) != first
    assert root(day(1), to=("dev@example.org",)) != first
    assert root(day(1), include=Part(namespaces=("shop",))) != first
    assert root(two_clusters()).startswith("<weekly.2026.")
    # the 1st of January 2027 lies in the last week of 2026
    year_end = busy(report="weekly", start=at(0).replace(year=2027, month=1, day=1))
    assert root(year_end) == root(two_clusters())


def test_a_copy_has_the_same_id_and_says_so() -> None:
    """A mailbox can fold copies, and a person can tell one."""
    again = "Sent again: an earlier try may have arrived."
    first, copy = mail(busy()), mail(letter(busy(), is_resend=True))
    assert first["message-id"] == copy["message-id"]
    assert first["subject"] == copy["subject"]
    for body in text_and_html(copy):
        assert again in body
    for body in text_and_html(first):
        assert again not in body


def test_a_test_is_marked_where_it_is_seen_first() -> None:
    """The subject says that it is a test, and so do both bodies."""
    one = mail(letter(quiet(), is_test=True))
    assert one["subject"] == "Test: prod-eu: no failures. 1,234 events seen."
    for body in text_and_html(one):
        assert "This is a test: the figures are made up." in body


def test_an_id_that_is_no_token_becomes_one() -> None:
    """Whatever the id is, the Message-ID is one, and another for another id."""
    ids = ["a b", "a>b", "ä", "", ".", "a..b", "x" * 101, "a@b", "\r\nBcc: x"]
    found = [str(mail(letter(quiet(), id=one))["message-id"]) for one in ids]
    assert len(set(found)) == len(ids)
    assert all(re.fullmatch(r"<[0-9a-f]{32}@example\.org>", one) for one in found)


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_text_has_every_figure_of_the_html(digest: Digest) -> None:
    """Whoever reads the text reads no other numbers."""
    text, html = text_and_html(mail(digest))
    html = re.sub(r"<span>([.:@])</span>", r"\1", html)
    figures = re.findall(r"\d[\d,.:]*\d|\d", " ".join(_Page(html).figures))
    assert len(figures) > 5
    assert set(figures) <= set(re.findall(r"\d[\d,.:]*\d|\d", text))


def test_html_shows_what_a_reader_needs() -> None:
    """Verdict in the preview, rows with everything, sums, charts with words, quality, id."""
    page = _Page(text_and_html(mail(busy()))[1])
    words = " ".join(" ".join(page.words).replace("\xa0", " ").split())
    for expected in (
        "214 failures 12 workloads 31 episodes ▲ 38 % against 155 the day before",
        "New by hour 41 was 0 Unhealthy data/StatefulSet kafka NEW Readiness probe failed",
        "120 was 35 BackOff shop/Deployment checkout ▲ rising ● still firing Back-off",
        "··▂█▃··············▂▂▃▃▃ 02:10–23:55 · usually 31 on a Saturday · 56 % · 3 episodes",
        "shop describe deployment checkout Logs Dashboard",
        "kubectl --context prod-eu -n shop describe deployment checkout",
        "33 … 7 more rows 214 failures in all",
        "Gone failures the day before 20 ProvisioningFailed",
        "Peak 03:00–04:00, 63 failures.",
        "30 days failures per day 1,889 failures in 26 days",
        "Four weeks by hour",
        "Recovered Failed, and then said that it works again. 2× NodeReady",
        "Where More workloads fail here than elsewhere.",
        "… 1 more place",
        "digest daily-2026-11-21-ops",
    ):
        assert expected in words
    hidden = words.index("up 38 % on the day before")
    assert hidden < words.index("up 38 % on the day before", hidden + 1)


def test_html_is_in_the_language_that_is_spoken() -> None:
    """The page names its language, and its own words are in it."""
    chinese = replace(
        ENGLISH, tag="zh-CN", texts={"Gone": "已消失", "was {number}": "此前 {number}"}
    )
    with speaking(chinese):
        html = text_and_html(mail(busy()))[1]
    assert '<html lang="zh-CN">' in html
    assert ">已消失</h2>" in html
    assert ">此前 35</small>" in html


def test_html_is_of_what_mail_readers_draw() -> None:
    """No script, no picture, nothing that Gmail or Outlook leaves out."""
    for digest in EVERY_DIGEST.values():
        html = text_and_html(mail(digest))[1]
        page = _Page(html)
        names = {tag for tag, _ in page.tags}
        assert not names & {"svg", "img", "script", "link", "form", "iframe", "details"}
        style = html.partition("<style>")[2].partition("</style>")[0]
        assert style.count("@media") == 1
        links = {link.url for one in digest.rows for link in one.links}
        assert {value for value in page.values if "//" in value} == links
        inline = " ".join(value for value in page.values if value not in links)
        for unsupported in ("flex", "grid", "var(", "url(", "http:", "https:", "position:"):
            assert unsupported not in inline.replace("https://10", "")
        tables = [attributes for tag, attributes in page.tags if tag == "table"]
        assert all("role" in attributes for attributes in tables)
        assert html.count("<h1") == 1
        assert '<html lang="en">' in html


def test_bars_are_cells_as_high_as_their_failures() -> None:
    """The peak has all 72 pixels, 33 of 63 failures 38, an hour without failures has no bar."""
    html = text_and_html(mail(busy()))[1]
    chart = html.partition("failures per hour")[2].partition("00:00")[0]
    heights = re.findall(r'class="bar[^>]*height="(\d+)"|height="(\d+)"[^>]*class="bar', chart)
    found = [int(one or other) for one, other in heights]
    assert len(found) == sum(bar.failures > 0 for bar in busy().histogram) == 16
    assert found[2:4] == [72, 38]
    assert chart.count("#b3261e") == 1


def test_hours_of_the_week_are_cells_as_dark_as_their_failures() -> None:
    """217 in four hours are the most, 60 and 40 up to a third of it, 18 up to a ninth."""
    html = text_and_html(mail(busy()))[1]
    week = html.partition("Four weeks by hour")[2].partition("</tbody>")[0]
    lines = [re.findall(r'bgcolor="(#\w+)"', line) for line in week.split("<tr")]
    monday, *_, saturday, sunday = [line for line in lines if line]
    none, first, second, third, fourth = "#eef0f3", "#c5cedb", "#8fa0b8", "#4f6079", "#b3261e"
    usual = [first, none, none]
    assert saturday == [first, none, second, fourth, third, none, *usual * 6]
    assert monday == [*usual * 3, third, none, none, *usual * 4]
    assert sunday == ["#ffffff"] * 12 + [none] * 12
    assert week.count(">–</td>") == 12
    assert "Four weeks by hour" not in text_and_html(mail(no_data()))[1]


def test_links_are_those_of_the_configuration_over_tls() -> None:
    """What is written into an address by a row is a part of it; http is left to the text."""
    safe = Link(title="Logs <b>", url="https://logs.example/?q=%22%3E&ns=shop")
    digest = busy(rows=(row(links=(safe, Link(title="Old", url="http://old.example/"))),))
    text, html = text_and_html(mail(digest))
    assert re.findall(r'<a href="([^"]*)"', html) == ["https://logs.example/?q=%22%3E&amp;ns=shop"]
    assert ">Logs &lt;b&gt;</a>" in html
    assert "http://old.example/" in text
    assert "old<span>.</span>example" not in html


def test_where_there_is_a_hot_spot_one_is_named() -> None:
    """However little room the other names leave."""
    long = "\N{GREEK SMALL LETTER ALPHA}" + "\U0001e944" * 4
    digest = crowd(100, long * 300, hot_spots=(hot_spot(name=long * 300),) * 5, more_hot_spots=2)
    html = text_and_html(mail(digest))[1]
    assert len(html.encode()) <= MOST_HTML_BYTES
    assert "More workloads fail here" in html
    assert "… 6 more places" in html
    assert "Recovered" not in html


def test_a_legend_names_what_is_drawn() -> None:
    """A day without failures has no column, and one without data no colour but that.

    Five are of the hours of the week: four shades, and no data.
    """
    for digest, named in ((busy(), 7), (quiet(), 6), (no_data(), 1), (two_clusters(), 1)):
        html = text_and_html(mail(digest))[1]
        assert html.count('class="swatch') == named
    assert "this digest" not in text_and_html(mail(quiet()))[1]


def crowd(rows: int, text: str, **changes: object) -> Digest:
    """Return a digest of so many rows of ten failures each, with *text* in every foreign field."""
    foreign = {"namespace": text, "name": text, "reason": text}
    one = row(
        **foreign,
        kind=text,
        message=text * 3,
        kubectl="kubectl describe x",
        failures=10,
        share=0.01,
    )
    return busy(
        verdict=f"{text}: {rows * 10} failures",
        failures=rows * 10 + 33,
        rows=(one,) * rows,
        gone=(gone(**foreign, previous_failures=3),) * min(rows, 100),
        messages=(message(**foreign, pattern=text, values=((text, 7),)),) * min(rows, 100),
        **changes,
    )


def shown_and_rest(html: str) -> tuple[int, int]:
    """Return how many rows of a crowd the HTML shows, and how many failures it leaves out."""
    rows = html.split(">Gone<")[0].count("kubectl describe x")
    rest = re.search(r">([\d,]+)</b></td><td[^>]*>… [\d,]+ more row", html)
    assert rest
    return rows, int(rest[1].replace(",", ""))


@pytest.mark.parametrize("text", ["checkout", *HOSTILE_TEXTS], ids=label)
def test_a_hundred_rows_fit(text: str) -> None:
    """Under 90 KiB and at most 20 rows, whatever stands in them; what is left out is counted.

    Fewer rows where all names are long, and fewer still where their letters have many bytes.
    """
    size = len(text.encode("utf-8", "replace"))
    least = MOST_ROWS if size <= 25 else 15 if size <= 400 else 5
    text, html = text_and_html(mail(crowd(100, text)))
    assert len(html.encode()) <= MOST_HTML_BYTES == 92_160
    rows, rest = shown_and_rest(html)
    assert least <= rows <= MOST_ROWS
    assert rows * 10 + rest == 1033
    assert f"… {100 - rows + 7} more rows" in text


def test_the_longest_of_texts_fits() -> None:
    """Letters of twenty bytes in every place leave few rows, and the sums still add up."""
    letter_of_marks = "\N{GREEK SMALL LETTER ALPHA}" + "\U0001e944" * 4
    html = text_and_html(mail(crowd(100, letter_of_marks * 300)))[1]
    assert len(html.encode()) <= MOST_HTML_BYTES
    rows, rest = shown_and_rest(html)
    assert 0 < rows < MOST_ROWS
    assert rows * 10 + rest == 1033


def test_hundreds_of_clusters_fit() -> None:
    """Notes that no bound of rows can shorten are left to the text part."""
    names = tuple(f"{i}-{'宽' * 200}" for i in range(400))
    digest = busy(clusters=names)
    html = text_and_html(mail(digest))[1]
    assert len(html.encode()) <= MOST_HTML_BYTES


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_are_inert_and_the_mail_is_sent(text: str) -> None:
    """Tags and headers are those of a plain text, every byte is ASCII, the server takes it."""
    plain, hostile = mail(crowd(2, "plain")), mail(crowd(2, text))
    body = raw(crowd(2, text))
    assert max(body) < 128
    assert all(len(line) <= 998 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert hostile.keys() == plain.keys()
    assert [part.get_content_type() for part in hostile.walk()] == [
        part.get_content_type() for part in plain.walk()
    ]
    assert str(hostile["subject"]).isprintable()
    page, expected = (_Page(text_and_html(one)[1]) for one in (hostile, plain))
    tags = [tag for tag in page.tags if tag[0] != "span"]
    # what a mail reader would make a link of is in spans, and an empty text has no line
    assert tags == [tag for tag in expected.tags if tag[0] != "span"]
    with GoodServer() as good:
        channel = EmailChannel(configured(host="127.0.0.1", port=good.port, tls="none"))
        one = letter(crowd(2, text))
        assert channel.send(channel.compose(one)[0], one, NOW).state == "sent"
    assert good.delivered[0].content.endswith(body)


def test_a_mail_reader_finds_no_link_in_foreign_text() -> None:
    """Dots, at signs and the colon of an address stand alone."""
    foreign = crowd(1, "see https://evil.example/x or a@evil.example now")
    rows = tuple(replace(one, links=()) for one in foreign.rows)
    html = text_and_html(mail(replace(foreign, rows=rows)))[1]
    body = html.partition("</head>")[2]
    assert "evil.example" not in body
    assert "://" not in body
    assert "https<span>:</span>//evil<span>.</span>example/x" in body


def test_what_looks_like_an_encoded_word_stays_text() -> None:
    """A subject cannot smuggle what the parser of a mail reader would decode."""
    smuggled = "=?utf-8?b?4oCuZ25wLmV4ZQ==?= =?utf-8?q?=0D=0ABcc:_x=40example.org?="
    one = mail(busy(verdict=smuggled))
    assert one["subject"] == smuggled
    assert one["bcc"] is None


@settings(max_examples=examples(12), deadline=None)
@given(verdict=st.text(max_size=400), name=st.text(max_size=60))
def test_any_verdict_makes_a_subject(verdict: str, name: str) -> None:
    """A subject is one printable line of at most 150 columns, and never another header."""
    one = mail(quiet_with(verdict))
    assert one.keys() == mail(quiet()).keys()
    subject = str(one["subject"])
    assert subject.isprintable()
    assert len(subject) <= 1000
    try:
        sender = parsed(f"{name} <digest@example.org>")
    except ValueError:
        return
    other = mail(quiet(), sender=f"{name} <digest@example.org>")
    assert other["from"].addresses[0].addr_spec == "digest@example.org"
    assert other["from"].addresses[0].display_name == sender.name
    assert len(other["from"].addresses) == 1


def quiet_with(verdict: str) -> Digest:
    """Return a quiet day with another verdict."""
    return replace(quiet(), verdict=verdict)


@settings(max_examples=examples(10), deadline=None)
@given(text=st.text(min_size=1, max_size=120), rows=st.integers(1, 40))
def test_any_digest_fits_and_adds_up(text: str, rows: int) -> None:
    """HTML within its limit, ASCII on the wire, shown and left out are the total."""
    digest = crowd(rows, text, residual=Residual(rows=7, failures=33))
    assert max(raw(digest)) < 128
    html = text_and_html(mail(digest))[1]
    assert len(html.encode()) <= MOST_HTML_BYTES
    shown, rest = shown_and_rest(html)
    assert shown * 10 + rest == rows * 10 + 33


@settings(max_examples=examples(40), deadline=None)
@given(st.text(max_size=80))
def test_no_address_breaks_out(text: str) -> None:
    """What is taken for an address is one line of ASCII with one @ outside of the name."""
    for candidate in (text, f"{text}@example.org", f"ops@{text}", f"{text} <ops@example.org>"):
        try:
            address = parsed(candidate)
        except ValueError:
            continue
        assert re.fullmatch(r"[!-~]+@[A-Za-z0-9_.-]+", address.bare)
        assert not set('<>(),;:\\"[] ') & set(address.bare)
        header = address.header.replace("\r\n ", " ")
        assert header.isascii()
        assert header.isprintable()


ADDRESSES = {
    "ops@example.org": "ops@example.org",
    "root@localhost": "root@localhost",
    "a.b+c@sub.example.org": "a.b+c@sub.example.org",
    "ops@bücher.example": "ops@xn--bcher-kva.example",
    "Ops, EU <ops@example.org>": '"Ops, EU" <ops@example.org>',
    '"Ops (EU)" <ops@example.org>': '"Ops (EU)" <ops@example.org>',
    "集群 <ops@example.org>": "=?utf-8?b?6ZuG576k?= <ops@example.org>",
    "  Ops  < ops@example.org > ": "Ops <ops@example.org>",
}


@pytest.mark.parametrize(("text", "header"), ADDRESSES.items(), ids=ADDRESSES)
def test_addresses_that_there_are(text: str, header: str) -> None:
    """Names may be in any script, domains too."""
    assert parsed(text).header == header


NO_ADDRESSES = [
    "",
    "ops",
    "@example.org",
    "ops@",
    "ops@exa mple.org",
    "ops@-example.org",
    "ops@example..org",
    "öps@example.org",
    "ops@example.org\r\nBcc: x@example.org",
    "Ops\nBcc: x <ops@example.org>",
    "ops@example.org, dev@example.org",
    "<ops@example.org> <dev@example.org>",
    "a..b@example.org",
    ".a@example.org",
    f"{'x' * 65}@example.org",
    f"ops@{'x' * 64}.org",
    f"{'x' * 101} <ops@example.org>",
    "Ops \u202e <ops@example.org>",
    'a"b <ops@example.org>',
]


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=ascii)
@pytest.mark.parametrize("field", ["sender", "to", "cc"])
def test_addresses_that_there_are_not(text: str, field: str) -> None:
    """One sentence says what is wrong and what to write."""
    with pytest.raises(ValidationError) as raised:
        configured(**{field: text if field == "sender" else (text,)})
    error = raised.value.errors()[0]
    assert error["loc"][0] == field
    assert "is no mail address; write digest@example.org or" in error["msg"]
    assert error["msg"].isprintable()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "digest"}, "a login needs both username and password"),
        ({"password": PASSWORD}, "a login needs both username and password"),
        ({"host": "mail example"}, "is no name of a host"),
        ({"host": "x" * 64 + ".org"}, "is no name of a host"),
        ({"to": ()}, "at least 1 item"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, object], words: str) -> None:
    """One sentence, without the password."""
    with pytest.raises(ValidationError) as raised:
        configured(**changes)
    assert words in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_preview_shows_the_mail_and_hides_the_password() -> None:
    """Server, headers and text can be read; of the rest there is type and size."""
    channel = EmailChannel(configured(username="digest", password=PASSWORD, attach=True))
    one = letter(busy())
    [composed] = channel.compose(one)
    shown = channel.preview(composed, one, NOW)
    assert shown.startswith(
        "SMTP mail.example.org:587, STARTTLS, login as digest with password ***\n\n"
        "Date: Sun, 22 Nov 2026 07:03:09 +0000\n"
        "From: Cluster digest <digest@example.org>\n"
    )
    assert f"\nSubject: {busy().verdict}\n" in shown
    text, html = text_and_html(mail(busy()))
    assert text in shown
    assert f"[text/html, {len(html.encode()):,} bytes]" in shown
    assert "[text/html, daily-2026-11-21.html, " in shown
    for secret in (PASSWORD, "aHVudGVyMi1jb3JyZWN0LWhvcnNl"):
        assert secret not in shown
        assert secret not in repr(channel.settings)


def test_mail_arrives_over_tls_with_a_login(authority: tls.Authority) -> None:
    """Everybody in to and cc gets it once, dated now."""
    certificate = authority.certificate()
    with GoodServer(tls=certificate.context(), users={"digest": PASSWORD}) as good:
        channel: Channel = open_channel(
            configured(
                host="localhost",
                port=good.port,
                ca_file=certificate.ca,
                username="digest",
                password=PASSWORD,
                to=("ops@example.org", "Dev <dev@example.org>"),
                cc=("ops@example.org",),
            )
        )
        one = letter(busy())
        [composed] = channel.compose(one)
        concluded = channel.send(composed, one, NOW)
    assert concluded.state == "sent"
    [taken] = good.delivered
    assert taken.secure
    assert taken.sender == "digest@example.org"
    assert taken.recipients == ["ops@example.org", "dev@example.org"]
    assert taken.content == b"Date: Sun, 22 Nov 2026 07:03:09 +0000\r\n" + composed.body


def test_two_tries_are_the_same_but_for_the_date() -> None:
    """A copy that a server got twice has one Message-ID."""
    contents: list[Any] = []
    for minute in (3, 9):
        with GoodServer() as good:
            channel = EmailChannel(configured(host="127.0.0.1", port=good.port, tls="none"))
            one = letter(no_data())
            channel.send(channel.compose(one)[0], one, NOW.replace(minute=minute))
        contents.append(good.delivered[0].content.partition(b"\r\n"))
    assert contents[0][0] != contents[1][0]
    assert contents[0][2] == contents[1][2]


def test_a_refused_login_says_what_to_do() -> None:
    """The conclusion of the conversation is that of the channel."""
    with BadServer({"AUTH": "535 5.7.8 wrong"}) as bad:
        channel = EmailChannel(
            configured(host="127.0.0.1", port=bad.port, tls="none", username="x", password=PASSWORD)
        )
        one = letter(quiet())
        concluded = channel.send(channel.compose(one)[0], one, NOW)
    assert (concluded.state, concluded.code) == ("refused", "535")
    assert "username and password" in concluded.hint


def test_pace() -> None:
    """Thirty a minute, or what is configured."""
    assert EmailChannel(configured()).per_minute == 30
    assert EmailChannel(configured(per_minute=5)).per_minute == 5

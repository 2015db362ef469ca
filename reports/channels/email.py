"""Mail: text and HTML of one digest, in a thread with those of the same month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from analytics.digest import LIVE, Digest, Residual
from analytics.inert import printable
from analytics.language import say
from reports.brief import footer, marks
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.mail_address import MailAddress, header_words, parsed
from reports.channels.plain import plain_text
from reports.channels.reading import reading
from reports.channels.settings import EmailSettings
from reports.html import render_html
from reports.mail_page import render_mail
from reports.rows import shown
from reports.shortening import fitting
from reports.smtp import Envelope, Server, deliver
from reports.text import COLUMNS, render_text
from reports.width import wrap

MOST_HTML_BYTES = 90 * 1024  # Gmail shows about 102 KB and hides the rest
MOST_ROWS = 20

_SUBJECT_COLUMNS = 150
_USUAL_PER_MINUTE = 30  # of the large providers the strictest
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_TOKEN = re.compile(r"[\w-]+(?:\.[\w-]+)*", re.ASCII)
_POLICY = policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class _Page:
    """The HTML of a letter, as long as its bytes."""

    letter: Letter  # with the rows that the HTML shows
    html: str

    def __len__(self) -> int:
        return len(self.html.encode()) + self.html.count("\n")  # which are CRLF in a mail


class EmailChannel:
    """Sends over SMTP.

    Parameters
    ----------
    settings
        Its configuration.
    """

    def __init__(self, settings: EmailSettings) -> None:
        self.settings = settings
        self._sender = parsed(settings.sender)
        self._to = tuple(map(parsed, settings.to))
        self._cc = tuple(map(parsed, settings.cc))

    @property
    def per_minute(self) -> int:
        """How many messages the server takes in a minute."""
        return self.settings.per_minute or _USUAL_PER_MINUTE

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the one mail of a letter, complete but for the date of its sending.

        Text and HTML show the same rows, at most 20. The HTML is at most 90 KiB: what would make
        it longer is left out by whole rows, and the residual line says so.
        """
        page = _page(letter)
        text = _text(page.letter)
        content = EmailMessage(policy=_POLICY)
        content.set_content(text)
        content.add_alternative(page.html, subtype="html")
        if self.settings.attach and letter.digest.report != LIVE:
            content.add_attachment(
                render_html(letter.digest),
                subtype="html",
                filename=f"{letter.digest.report}-{letter.digest.period}.html",
            )
        _set_boundaries(content, text + page.html)
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers(letter))
        body = head.encode("ascii") + content.as_bytes()
        return (Message(content_type="message/rfc822", body=body),)

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once, with *now* as the date."""
        people = (*self._to, *self._cc)
        recipients = tuple(dict.fromkeys(person.bare for person in people))
        envelope = Envelope(
            sender=self._sender.bare, recipients=recipients, content=_dated(message, now)
        )
        return deliver(self._server(), envelope)

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return the server, the headers and the text; of other parts their type and size."""
        server, mail = self._server(), message_from_bytes(_dated(message, now), policy=_POLICY)
        login = f", login as {printable(server.username)} with password ***"
        safety = {"starttls": "STARTTLS", "implicit": "TLS from the start", "none": "no TLS"}
        lines = [
            f"SMTP {server.address}, {safety[server.tls]}{login if server.username else ''}",
            "",
            *(f"{name}: {' '.join(str(value).split())}" for name, value in mail.items()),
        ]
        for part in mail.walk():
            if part.get_content_type() == "text/plain":
                lines += ["", part.get_content().rstrip("\n")]
            elif not part.is_multipart():
                size = f"{len(part.get_content().encode()):,} bytes"
                facts = filter(None, (part.get_content_type(), part.get_filename(), size))
                lines += ["", f"[{', '.join(facts)}]"]
        return "\n".join(lines) + "\n"

    def _server(self) -> Server:
        settings = self.settings
        return Server(
            host=settings.host,
            port=settings.port or _PORTS[settings.tls],
            tls=settings.tls,
            ca_file=settings.ca_file,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else "",
            timeout_seconds=settings.timeout_seconds,
        )

    def _headers(self, letter: Letter) -> Iterator[tuple[str, str]]:
        """Yield the headers in ASCII; nothing in them comes from an event but the subject."""
        digest, domain = letter.digest, self._sender.domain
        yield "From", self._sender.header
        yield "To", _listed(self._to)
        if self._cc:
            yield "Cc", _listed(self._cc)
        yield "Subject", header_words(_subject(letter))
        yield "Message-ID", f"<{_token(letter.id)}@{domain}>"
        # A root that was never sent: the first mail of a thread needs no ledger of its own.
        root = f"<{self._thread(digest)}@{domain}>"
        yield "In-Reply-To", root
        yield "References", root
        yield "List-Id", f"<{_token(digest.report)}.kubedigest.{domain}>"
        yield "Auto-Submitted", "auto-generated"
        yield "Precedence", "bulk"
        yield "X-Auto-Response-Suppress", "All"

    def _thread(self, digest: Digest) -> str:
        """Return what the mails of one conversation have in common.

        That is the report, the channel and the month, or the year of a weekly report: a
        conversation of a year of days is slow to open, and Gmail breaks it after a hundred.
        """
        settings = self.settings
        year = digest.start.isocalendar().year
        period = f"{year}" if digest.report == "weekly" else f"{digest.start:%Y-%m}"
        who = settings.model_dump_json(include={"sender", "to", "cc", "include", "exclude"})
        return f"{_token(digest.report)}.{period}.{sha256(who.encode()).hexdigest()[:16]}"


def _page(letter: Letter) -> _Page:
    """Return the HTML with as many rows as fit.

    Names without a bound on their bytes may take all the room; then what is gone and the messages
    are left out first, and at last the notes on data quality, from the HTML.
    """
    for most in (10, 0):
        try:
            return _fitted(_narrowed(letter.digest, most), letter, with_notes=True)
        except ValueError:
            continue
    return _fitted(_narrowed(letter.digest, 0), letter, with_notes=False)


def _fitted(digest: Digest, letter: Letter, *, with_notes: bool) -> _Page:
    def write(shortened: Digest) -> _Page:
        one = replace(letter, digest=shortened)
        return _Page(one, render_mail(one, with_notes=with_notes))

    return fitting(digest, write, MOST_HTML_BYTES, rows=MOST_ROWS)


def _narrowed(digest: Digest, most: int) -> Digest:
    """Return *digest* with at most so many gone rows, recoveries and messages.

    Where there is a hot spot one stays: without any it would be said that there is none.
    """
    left_out = digest.gone[most:]
    rest = Residual(
        rows=digest.gone_residual.rows + len(left_out),
        failures=digest.gone_residual.failures + sum(gone.previous_failures for gone in left_out),
    )
    hot_spots = digest.hot_spots[: max(1, most)]
    return replace(
        digest,
        gone=digest.gone[:most],
        gone_residual=rest,
        recovered=digest.recovered[:most],
        more_recovered=digest.more_recovered + len(digest.recovered[most:]),
        hot_spots=hot_spots,
        more_hot_spots=digest.more_hot_spots + len(digest.hot_spots) - len(hot_spots),
        messages=digest.messages if most else (),
    )


def _text(letter: Letter) -> str:
    if letter.digest.report == LIVE:
        return plain_text(reading(letter)) + "\n"
    head = [line for mark in marks(letter) for line in (*wrap(mark, COLUMNS), "")]
    foot = ["", *wrap(footer(letter), COLUMNS)]
    return "\n".join([*head, render_text(letter.digest).rstrip("\n"), *foot]) + "\n"


def _subject(letter: Letter) -> str:
    verdict = " ".join(shown(letter.digest.verdict, _SUBJECT_COLUMNS).split())
    return say("Test: {verdict}", verdict=verdict) if letter.is_test else verdict


def _listed(people: tuple[MailAddress, ...]) -> str:
    return ",\r\n ".join(person.header for person in people)


def _token(text: str) -> str:
    """Return *text* if it can stand in an identifier of a mail, else its hash."""
    if _TOKEN.fullmatch(text) and len(text) <= 100:
        return text
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _set_boundaries(content: EmailMessage, texts: str) -> None:
    """Give every multipart a boundary that is not random, and that no text in it can know."""
    seed = sha256(texts.encode()).hexdigest()[:32]
    for depth, part in enumerate(part for part in content.walk() if part.is_multipart()):
        part.set_boundary(f"=_{depth}_{seed}")


def _dated(message: Message, now: datetime) -> bytes:
    return f"Date: {format_datetime(now)}\r\n".encode("ascii") + message.body

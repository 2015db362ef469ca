"""Any service that the package apprise knows: plain text, and nobody checks what became of it.

apprise tells only whether it took the message. Several of its plugins call an answer a success
that is an error to the service; so a message is never more than accepted, unverified.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from importlib import import_module
from typing import Any

from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.errors import ChannelError
from reports.channels.markup import characters
from reports.channels.plain import plain_text
from reports.channels.reading import reading
from reports.channels.settings import AppriseSettings
from reports.shortening import fitting

MOST_CHARACTERS = 32_768  # where the service names no limit of its own

_TEXT = "text/plain; charset=utf-8"
_TALKATIVE = ("apprise", "urllib3.connectionpool")  # what they log holds addresses and answers
_MISSING = (
    "A channel of type apprise needs the package apprise, which is not installed; "
    "install kubedigest[apprise]."
)
_NO_SERVICE = "apprise knows no service of that kind; look at the beginning of the channel's url."


class AppriseChannel:
    """A destination of the long tail.

    Parameters
    ----------
    settings
        Its configuration; the address is one of apprise's.

    Raises
    ------
    ChannelError
        The package is missing, or it knows no such address.
    """

    def __init__(self, settings: AppriseSettings) -> None:
        self.settings = settings
        self._service = _service(settings.url.get_secret_value())
        plugin = self._service[0]
        formats = plugin.notify_format
        self._as_html = "text" not in (formats if isinstance(formats, tuple) else (formats,))
        self._most_characters = plugin.body_maxlen or MOST_CHARACTERS
        self._has_title = plugin.title_maxlen > 0

    @property
    def per_minute(self) -> int:
        """How many messages are sent in a minute at most."""
        return self.settings.per_minute or 20

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one text whose first line is the verdict, within what apprise knows of limits."""
        body = fitting(
            letter.digest,
            lambda digest: _Text(
                text=plain_text(reading(replace(letter, digest=digest))), as_html=self._as_html
            ),
            self._most_characters,
            rows=self.settings.top,
        )
        return (Message(content_type=_TEXT, body=body.text.encode()),)

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once; the time-outs are those of apprise."""
        text = message.body.decode()
        title, rest = text.split("\n", 1) if self._has_title else ("", text)
        try:
            with _silenced():
                accepted = self._service.notify(title=title, body=rest, body_format="text")
        except Exception as error:  # each of some 180 plugins may raise what it likes
            kind = type(error).__name__
            return Conclusion(state="unclear", reason=f"apprise failed with a {kind}")
        if accepted:
            reason = "apprise accepted it; whether the service did is not verified"
            return Conclusion(state="sent", reason=reason)
        return Conclusion(
            state="unclear",
            reason="apprise reported a failure and not which",
            hint="Try the address with apprise itself: apprise -vv -b test URL.",
        )

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return the text, after the kind of the address; the rest of it is secret."""
        scheme = self.settings.url.get_secret_value().partition("://")[0]
        return f"{scheme}://***\n\n{message.body.decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A text that is as long as the service will count it."""

    text: str
    as_html: bool  # apprise turns it into HTML, which is longer

    def __len__(self) -> int:
        if not self.as_html:
            return characters(self.text)
        return characters(escape(self.text).replace(" ", "&nbsp;").replace("\n", "<br/>"))


def _service(address: str) -> Any:
    """Return an object of apprise that holds this one address."""
    try:
        package = import_module("apprise")
    except ImportError as error:
        raise ChannelError(_MISSING) from error
    service = package.Apprise()
    with _silenced(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules that its plugins import
        is_known = service.add(address)
    if not is_known or len(service) != 1:
        raise ChannelError(_NO_SERVICE)
    return service


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep the package and its HTTP client from logging inside of the block."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

"""WeCom group robot: markdown_v2 with a table, and the histogram as a picture if wanted."""

from __future__ import annotations

import base64
import hashlib

from reports.channels.channel import Letter, Message
from reports.channels.coded_answer import concluded, uncoded
from reports.channels.conclusion import Conclusion
from reports.channels.fitting_letter import EXTRAS
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.markdown_message import LISTS, fitting_message, message
from reports.channels.settings import WeComSettings
from reports.channels.wecom_answer import MEANINGS, SERVICE, found_code
from reports.picture import histogram_png, require_pictures
from reports.transport import Answer

MOST_BYTES = 4096  # of the content (developer.work.weixin.qq.com/document/path/99110)


class WeComChannel(HttpChannel):
    """A robot of a WeCom group.

    Raises
    ------
    PictureError
        A picture is configured, and the package that draws it is not installed.
    """

    usual_per_minute = 20
    settings: WeComSettings

    def __init__(self, settings: WeComSettings) -> None:
        super().__init__(settings)
        if settings.image:
            require_pictures()

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the text, and after it the picture where there is something to see."""
        text = json_message({"msgtype": "markdown_v2", "markdown_v2": {"content": content(letter)}})
        if not self.settings.image or letter.digest.peak is None:
            return (text,)
        return text, _picture(histogram_png(letter.digest))

    def classify(self, answer: Answer) -> Conclusion:
        """Return what an answer means: by its number, never by its sentence."""
        found = found_code(answer)
        if found is None:
            return uncoded(SERVICE, answer)
        if found.code == 0:
            return Conclusion(state="sent", reason="WeCom has it.", code="0")
        return concluded(SERVICE, found, MEANINGS)


def content(letter: Letter) -> str:
    """Return the text: all rows in a table if they fit, otherwise as many lines as fit."""
    for extras in (EXTRAS, EXTRAS[:-1]):
        text = message(letter, LISTS, MOST_BYTES, extras=extras, tabled=True)
        if len(text.encode()) <= MOST_BYTES:
            return text
    return fitting_message(letter, LISTS, MOST_BYTES).decode()


def _picture(png: bytes) -> Message:
    return json_message(
        {
            "msgtype": "image",
            "image": {
                "base64": base64.b64encode(png).decode(),
                "md5": hashlib.md5(png, usedforsecurity=False).hexdigest(),
            },
        }
    )

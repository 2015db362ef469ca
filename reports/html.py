"""Digest -> one self-contained page."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined

from analytics.digest import Digest
from analytics.language import facts_listed, say, say_number, spoken
from reports.plots import PLOT_HEIGHT
from reports.view import digest_view


def render_html(digest: Digest) -> str:
    """Return the page: no script, no request to anywhere, light and dark, for screen and print."""
    environment = _environment()
    css = environment.get_template("digest.css").render()
    return environment.get_template("digest.html.j2").render(
        view=digest_view(digest),
        css_hash=_csp_hash(css),
        language_tag=spoken().tag,
        plot_height=PLOT_HEIGHT,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=say, say_number=say_number, facts_listed=facts_listed)
    return environment


def _csp_hash(style: str) -> str:
    """Return the source expression that allows exactly *style* under a content security policy."""
    return f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}"

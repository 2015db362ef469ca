"""Digest -> one self-contained page."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analytics.digest import Digest
from analytics.language import facts_listed, say, say_number, spoken
from reports.plots import PLOT_HEIGHT
from reports.view import digest_view
from reports.week import ROW_HEIGHT


def render_html(digest: Digest) -> str:
    """Return the page: light and dark, for screen and print, with no request to anywhere.

    It is whole without its one script, which adds sorting and filtering; its policy allows this
    script and this style by their hashes, and nothing else.
    """
    environment = _environment()
    style, script = (_inline(environment, name) for name in ("digest.css", "digest.js"))
    return environment.get_template("digest.html.j2").render(
        view=digest_view(digest),
        style=style,
        script=script,
        css_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        language_tag=spoken().tag,
        plot_height=PLOT_HEIGHT,
        row_height=ROW_HEIGHT,
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


def _inline(environment: Environment, name: str) -> Markup:
    """Return a file of our own as it stands in the page, without its indentation."""
    lines = environment.get_template(name).render().splitlines()
    return Markup("\n".join(line.strip() for line in lines if line.strip()))  # noqa: S704 - ours


def _csp_hash(text: str) -> str:
    """Return the source expression that allows exactly *text* under a content security policy."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"

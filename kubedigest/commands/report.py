"""``kubedigest report``: a digest of a day, a week or any window."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.language import speaking
from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.digesting import make_digest, period_digest, write_files
from kubedigest.errors import UsageError
from kubedigest.saying import say
from kubedigest.session import configuration, language_of, open_store, with_language
from kubedigest.window_options import Asked, language_option, window_options
from reports.formats import FORMATS


@click.command(name="report")
@window_options
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help="Repeat for several; default: text.",
)
@language_option
@click.option("--output", metavar="DIR|-", default="-", help="A folder, or - for standard output.")
@click.pass_context
def command(
    ctx: click.Context,
    asked: Asked,
    formats: tuple[str, ...],
    language: str | None,
    output: str,
) -> None:
    """Write the digest of the last complete day or week, or of any window.

    Files are named after report and period, such as daily-2026-11-21.html. The same store,
    configuration and version give the same bytes.
    """
    formats = formats or ("text",)
    if output == "-" and len(formats) > 1:
        raise UsageError("several formats need a folder: add --output DIR")
    settings, window, now = asked.settle(with_language(configuration(ctx), language))
    spoken = language_of(settings)
    digest = _digest(open_store(settings), window, settings, now)
    with speaking(spoken):
        if output == "-":
            click.echo(FORMATS[formats[0]].render(digest), nl=False)
            return
        for path in write_files(digest, formats, Path(output)):
            say(f"wrote {path}")


def _digest(engine: Engine, window: Window, settings: Configuration, now: datetime) -> Digest:
    if window.report == "custom":
        return make_digest(engine, window, settings)
    return period_digest(engine, window, settings, now)

"""``kubedigest receive``: what others send -> store, for as long as it runs."""

from __future__ import annotations

import click

from kubedigest.json_logs import LogFormat
from kubedigest.names import checked, some_text
from kubedigest.receiver_configuration import DEFAULT_LISTEN
from kubedigest.session import configuration


@click.command(name="receive")
@click.option("--listen", metavar="ADDR:PORT", help=f"Receive there [default: {DEFAULT_LISTEN}].")
@click.option("--spool", metavar="DIR", help="Keep bodies here until they are stored.")
@click.option("--spool-limit", metavar="MIB", type=click.IntRange(min=16), help="Default: 1024.")
@click.option(
    "--health",
    metavar="ADDR:PORT",
    help="Serve /healthz, /readyz and /metrics there and not where bodies are received.",
)
@click.option("--allow-anonymous", is_flag=True, help="Let everybody send who reaches the address.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Default: text on a terminal, else json.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="From which level on.",
)
@click.pass_context
def command(
    ctx: click.Context,
    listen: str | None,
    spool: str | None,
    spool_limit: int | None,
    health: str | None,
    allow_anonymous: bool,
    log_format: LogFormat | None,
    log_level: str,
) -> None:
    """Receive events that exporters post, and store them, until SIGTERM.

    kube-eventer, kubernetes-event-exporter, kube-events, eventrouter and whoever posts events as
    JSON may send as they are. 200 means that a body is on disk. Routes, tokens and signatures are
    set under `receiver` in the configuration.
    """
    # the help of the command needs none of these
    from kubedigest.json_logs import configure
    from kubedigest.receiving import How, receive

    configure(level=log_level, log_format=log_format)
    how = How(
        listen=listen,
        spool=checked("--spool", spool, some_text) if spool is not None else None,
        spool_limit_mib=spool_limit,
        health=health,
        allow_anonymous=allow_anonymous,
        config_file=ctx.find_root().obj,
    )
    receive(configuration(ctx), how)

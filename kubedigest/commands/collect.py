"""``kubedigest collect``: clusters -> store, for as long as it runs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

import click

from collector.progress import Api
from kubedigest.errors import Failure, UsageError
from kubedigest.json_logs import LogFormat
from kubedigest.names import checked, some_text
from kubedigest.session import configuration
from kubedigest.times import parse_duration

LONGEST_FLUSH = timedelta(minutes=1)
USUAL_FLUSH = "write 50ms or 1s, at most 1m: what waits is not stored yet"


@click.command(name="collect")
@click.option("--kubeconfig", metavar="FILE", help="Default: $KUBECONFIG, else ~/.kube/config.")
@click.option(
    "--context",
    "contexts",
    multiple=True,
    metavar="NAME",
    help="Context of the kubeconfig, may be repeated [default: the current one].",
)
@click.option(
    "--cluster",
    "names",
    multiple=True,
    metavar="NAME",
    help="Name in the store, one for each --context [default: as the kubeconfig names it].",
)
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    metavar="NAME",
    help="Watch only this, may be repeated [default: all].",
)
@click.option("--field-selector", metavar="SELECTOR", help="Watch only, such as type=Warning.")
@click.option(
    "--events-api",
    type=click.Choice(get_args(Api)),
    help=f"Which API to watch [default: {get_args(Api)[0]}].",
)
@click.option("--owners", is_flag=True, help="Look up the owners of pods, replica sets and jobs.")
@click.option("--once", is_flag=True, help="List what there is, store it and end, as a CronJob.")
@click.option("--listen", metavar="ADDR:PORT", help="Serve /healthz, /readyz and /metrics there.")
@click.option("--receive", metavar="ADDR:PORT", help="Receive there what exporters post, too.")
@click.option(
    "--allow-anonymous", is_flag=True, help="Let everybody send who reaches the --receive address."
)
@click.option(
    "--flush-interval",
    default="1s",
    show_default=True,
    metavar="DURATION",
    help="Longest wait before a commit.",
)
@click.option(
    "--event-ttl",
    default="1h",
    show_default=True,
    metavar="DURATION",
    help="How long the API server keeps events (its --event-ttl).",
)
@click.option(
    "--spool",
    metavar="DIR",
    help="Keep events here while the database is away.",
)
@click.option(
    "--spool-limit",
    default=1024,
    show_default=True,
    metavar="MIB",
    type=click.IntRange(min=1),
    help="Of the folder; when it is full, the watch waits.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Of --once: how it says what was stored.",
)
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
    kubeconfig: str | None,
    contexts: tuple[str, ...],
    names: tuple[str, ...],
    namespaces: tuple[str, ...],
    field_selector: str | None,
    events_api: Api | None,
    owners: bool,
    once: bool,
    listen: str | None,
    receive: str | None,
    allow_anonymous: bool,
    flush_interval: str,
    event_ttl: str,
    spool: str | None,
    spool_limit: int,
    output: str,
    log_format: LogFormat | None,
    log_level: str,
) -> None:
    """Watch clusters and store every event, until SIGTERM; --once lists and ends.

    Without options the current context of the kubeconfig is watched, or in a pod the cluster it
    runs in. Several clusters: repeat --context, or list `clusters` in the configuration, for all
    of which -n, --field-selector, --events-api and --owners count. Safe to kill at any moment and
    to run twice.
    """
    # the help of the command needs none of these
    from kubedigest.asked_clusters import Choice, asked_clusters, find_watches
    from kubedigest.json_logs import configure
    from kubedigest.receiving import How as HowToReceive
    from kubedigest.watching import How, collect

    if receive is None and allow_anonymous:
        raise UsageError("--allow-anonymous says who may send: give --receive ADDR:PORT too")
    if receive is not None and once:
        raise UsageError("--receive and --once contradict each other: leave one out")
    configure(level=log_level, log_format=log_format)
    settings = configuration(ctx)
    how = How(
        flush_seconds=parse_duration(
            flush_interval, "--flush-interval", longest=LONGEST_FLUSH, usual=USUAL_FLUSH
        ).total_seconds(),
        event_ttl=parse_duration(event_ttl, "--event-ttl"),
        spool=Path(checked("--spool", spool, some_text)) if spool is not None else None,
        spool_limit_bytes=spool_limit << 20,
        listen=listen,
        receive=HowToReceive(
            listen=receive, allow_anonymous=allow_anonymous, config_file=ctx.find_root().obj
        )
        if receive is not None
        else None,
    )
    choice = Choice(
        kubeconfig=kubeconfig,
        contexts=contexts,
        names=names,
        namespaces=namespaces,
        field_selector=field_selector,
        events_api=events_api,
        owners=owners,
    )
    found = find_watches(asked_clusters(settings, choice))
    ran = collect(settings, found, how, once=once)
    if once:
        click.echo(json.dumps(ran.counts) if output == "json" else _sentence(ran.counts))
    if ran.failure is not None:
        raise ran.failure
    if once and found.missing:
        raise Failure("; ".join(one.sentence for one in found.missing))


def _sentence(summary: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in summary.items())

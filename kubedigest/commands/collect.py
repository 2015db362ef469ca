"""``kubedigest collect``: clusters -> store, for as long as it runs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

import click

from collector.progress import Api
from kubedigest.configuration import WatchedCluster
from kubedigest.errors import UsageError
from kubedigest.json_logs import LogFormat
from kubedigest.session import configuration
from kubedigest.times import parse_duration

LONGEST_FLUSH = timedelta(minutes=1)


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
@click.option(
    "--field-selector", default="", metavar="SELECTOR", help="Watch only, such as type=Warning."
)
@click.option("--events-api", type=click.Choice(get_args(Api)), default=get_args(Api)[0])
@click.option("--owners", is_flag=True, help="Look up the owners of pods, replica sets and jobs.")
@click.option("--once", is_flag=True, help="List what there is, store it and end, as a CronJob.")
@click.option("--listen", metavar="ADDR:PORT", help="Serve /healthz, /readyz and /metrics there.")
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
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep events here while the database is away.",
)
@click.option(
    "--spool-limit", default=1024, show_default=True, metavar="MIB", type=click.IntRange(min=1)
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Default: text on a terminal, else json.",
)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info"
)
@click.pass_context
def command(
    ctx: click.Context,
    kubeconfig: str | None,
    contexts: tuple[str, ...],
    names: tuple[str, ...],
    namespaces: tuple[str, ...],
    field_selector: str,
    events_api: Api,
    owners: bool,
    once: bool,
    listen: str | None,
    flush_interval: str,
    event_ttl: str,
    spool: Path | None,
    spool_limit: int,
    output: str,
    log_format: LogFormat | None,
    log_level: str,
) -> None:
    """Watch clusters and store every event, until SIGTERM; --once lists and ends.

    Without options the current context of the kubeconfig is watched, or in a pod the cluster it
    runs in. Several clusters: repeat --context, or list `clusters` in the configuration. Safe to
    kill at any moment and to run twice.
    """
    # the help of the command needs none of these
    from kubedigest.json_logs import configure
    from kubedigest.watching import How, asked_clusters, collect, find_watches

    settings = configuration(ctx)
    configure(level=log_level, log_format=log_format)
    asked = WatchedCluster(
        kubeconfig=kubeconfig,
        namespaces=namespaces,
        field_selector=field_selector,
        events_api=events_api,
        owners=owners,
    )
    flush = parse_duration(flush_interval, "--flush-interval")
    if flush > LONGEST_FLUSH:
        raise UsageError("--flush-interval is at most 1m: what waits is not stored yet")
    how = How(
        flush_seconds=flush.total_seconds(),
        event_ttl=parse_duration(event_ttl, "--event-ttl"),
        spool=spool,
        spool_limit_bytes=spool_limit << 20,
        listen=listen,
    )
    watches = find_watches(asked_clusters(settings, asked, contexts, names))
    summary = collect(settings, watches, how, once=once)
    if once:
        click.echo(json.dumps(summary) if output == "json" else _sentence(summary))


def _sentence(summary: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in summary.items())

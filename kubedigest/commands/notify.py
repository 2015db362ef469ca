"""``kubedigest notify``: what just failed, to chats, within seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import click

from kubedigest.json_logs import LogFormat
from kubedigest.names import checked, some_text
from kubedigest.session import configuration, with_timezone
from kubedigest.times import parse_duration

LONGEST_AGE = timedelta(days=1)
VERSIONS = ("v1.2.0", "v1.2.7", "1.2.14")
ACCOUNT = "kubedigest/kubedigest-notify"


@click.command(name="notify")
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="SINK",
    help="A --sink string of kube-eventer, may be repeated, such as "
    "'webhook:https://host/path?level=Warning'.",
)
@click.option(
    "--configmap",
    "config_maps",
    multiple=True,
    metavar="FILE",
    help="File with ConfigMaps that sinks name, may be repeated [default: from the cluster].",
)
@click.option(
    "--context", metavar="NAME", help="Context of the kubeconfig, to read ConfigMaps with."
)
@click.option(
    "--as-kube-eventer",
    is_flag=False,
    flag_value=VERSIONS[-1],
    type=click.Choice(VERSIONS),
    help="Do with sinks what kube-eventer really did, to the letter of a version "
    f"[with no version: {VERSIONS[-1]}].",
)
@click.option(
    "--policy",
    type=click.Choice(["at-least-once", "at-most-once"]),
    default="at-least-once",
    show_default=True,
    help="Of sinks: whether a message that may have arrived is sent again, and says so.",
)
@click.option(
    "--max-age",
    default="15m",
    show_default=True,
    metavar="DURATION",
    help="Count what is older when it is read, and never tell it; at most 1d.",
)
@click.option(
    "--name",
    default="default",
    show_default=True,
    metavar="NAME",
    help="Of this set of rules: processes with the same name share the work.",
)
@click.option("--timezone", metavar="ZONE", help="IANA zone of times in messages of sinks.")
@click.option(
    "--rights",
    is_flag=False,
    flag_value=ACCOUNT,
    metavar="NAMESPACE/ACCOUNT",
    help="Print the Roles with which this service account may read the ConfigMaps that sinks name, "
    f"and end [with no value: {ACCOUNT}].",
)
@click.option("--once", is_flag=True, help="Read and tell what there is now, then end.")
@click.option("--listen", metavar="ADDR:PORT", help="Serve /healthz, /readyz and /metrics there.")
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
    sinks: tuple[str, ...],
    config_maps: tuple[str, ...],
    context: str | None,
    as_kube_eventer: str | None,
    policy: str,
    max_age: str,
    name: str,
    timezone: str | None,
    rights: str | None,
    once: bool,
    listen: str | None,
    log_format: LogFormat | None,
    log_level: str,
) -> None:
    """Tell live what fails: the rules of notify: in the configuration, and sinks of kube-eventer.

    Reads what collectors store, from its first start on; a restart goes on where it stopped. Safe
    to kill at any moment and to run several times.
    """
    # the help of the command needs none of these
    from kubedigest.json_logs import configure
    from kubedigest.notifying import How, notify, rights_of
    from reports.ledger import Policy
    from reports.sinks.body_template import Version

    if rights is not None:
        click.echo(rights_of(sinks, rights), nl=False)
        return
    configure(level=log_level, log_format=log_format)
    settings = with_timezone(configuration(ctx), timezone)
    how = How(
        sinks=sinks,
        config_maps=config_maps,
        context=context,
        as_kube_eventer=cast("Version | None", as_kube_eventer),
        policy=cast("Policy", policy),
        name=checked("--name", name, some_text),
        max_age=parse_duration(
            max_age, "--max-age", longest=LONGEST_AGE, usual="write 15m or 1h, at most 1d"
        ),
        listen=listen,
    )
    reading = notify(settings, how, once=once)
    if reading is not None:
        left_out = sum(reading.left_out.values())
        click.echo(
            f"{reading.noted:,} noted, {reading.unmatched:,} of no rule, {reading.muted:,} muted, "
            f"{left_out:,} too old, imported or implausible"
        )

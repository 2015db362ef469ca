"""``kubedigest import``: files -> store."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from collector.cluster import kubeconfig_cluster
from collector.errors import InputError
from collector.files import EventReader, open_input
from collector.importing import Summary, import_items
from collector.store import Store
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.progress import ByteProgress
from kubedigest.session import configuration, open_store, say

SHOWN_REASONS = 5
MAX_CLUSTER_CHARACTERS = 253


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--cluster", metavar="NAME", help="Name of the cluster the events come from.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], cluster: str | None, output: str) -> None:
    """Store the events of files; - is standard input.

    Understood: the JSON of kubectl get events -A -o json, lists, arrays, JSON lines and watch
    frames of both event APIs, also gzipped. Reading a file again changes nothing.
    """
    settings = configuration(ctx)
    for path in paths:
        _require_file(path)
    name = _cluster_name(cluster, settings)
    summary = Summary()
    failed = False
    with Store(open_store(settings)) as store:
        for path in paths:
            one = Summary()
            try:
                _import_one(path, name, store, one)
                _require_some(path, one)
            except InputError as error:
                say(f"kubedigest: {error}")
                failed = True
            summary.add(one)
    _print(summary, output)
    ctx.exit(1 if failed else 0)


def _require_file(path: str) -> None:
    if path != "-" and not Path(path).exists():
        raise UsageError(f"there is no file {path}")
    if path != "-" and Path(path).is_dir():
        raise UsageError(f"{path} is a directory; name the files in it")


def _cluster_name(given: str | None, settings: Configuration) -> str:
    name = given if given is not None else settings.cluster
    if name is None:
        name = kubeconfig_cluster()
        say(
            f"cluster: {name} (the kubeconfig's; --cluster NAME for another)"
            if name
            else "cluster: default (--cluster NAME for another)"
        )
    name = name or ("default" if given is None else "")
    if not name.strip() or len(name) > MAX_CLUSTER_CHARACTERS or not name.isprintable():
        raise UsageError("--cluster takes 1 to 253 printable characters")
    return name


def _import_one(path: str, cluster: str, store: Store, summary: Summary) -> None:
    with _opened(path) as (name, stream, size):
        reader = EventReader(name, stream, cluster=cluster, received=datetime.now(UTC))
        with ByteProgress(name, size) as progress:
            import_items(reader, store, summary, progress=progress.of(reader))


def _require_some(path: str, summary: Summary) -> None:
    if summary.read and summary.rejected == summary.read:
        [(reason, _)] = summary.reasons.most_common(1)
        raise InputError(f"{path}: not one of its {summary.read:,} records is stored; {reason}")


@contextmanager
def _opened(path: str) -> Iterator[tuple[str, BinaryIO, int | None]]:
    if path == "-":
        yield "standard input", sys.stdin.buffer, None
        return
    with open_input(Path(path)) as stream:
        yield path, stream, Path(path).stat().st_size or None


def _print(summary: Summary, output: str) -> None:
    if output == "json":
        click.echo(json.dumps(summary.counts()))
        return
    say(
        f"read {summary.read:,}: stored {summary.stored:,}, repeated {summary.repeated:,}, "
        f"rejected {summary.rejected:,}, ignored {summary.ignored:,}"
    )
    for reason, records in summary.reasons.most_common(SHOWN_REASONS):
        say(f"  rejected {records:,}: {reason}")

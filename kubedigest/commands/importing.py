"""``kubedigest import``: files -> store."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

import click

from collector.errors import ForeignError, InputError
from collector.files import EventReader, open_input
from collector.folders import FoundFile, Skipped, is_archive, walk_archive, walk_folder
from collector.formats import Format
from collector.importing import TOO_OLD, Summary, import_items
from collector.kubeconfig import kubeconfig_cluster
from collector.store import Store
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.names import checked, cluster_name
from kubedigest.progress import ByteProgress
from kubedigest.saying import say
from kubedigest.session import configuration, open_store
from kubedigest.times import parse_instant

SHOWN_REASONS = 5
SHOWN_FAILURES = 10  # of the files of a folder
SHOWN_CHARACTERS = 200  # of a path that is too long
MAX_NAMESPACE_CHARACTERS = 253


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--cluster", metavar="NAME", help="Name of the cluster the events come from.")
@click.option("-n", "--namespace", default="", help="Namespace of a table that does not say it.")
@click.option(
    "--at", metavar="TIME", help="When a table of kubectl was printed [default: the file's time]."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", *get_args(Format)]),
    default="auto",
    help="Format of the files [default: found by looking].",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How it says what was stored.",
)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    cluster: str | None,
    namespace: str,
    at: str | None,
    form: str,
    output: str,
) -> None:
    """Store the events of files, folders and tar archives; - is standard input.

    Understood: JSON and YAML of kubectl get events -A -o json|yaml, lists, JSON lines, watch
    frames, exporters' frames and logs, cluster-info dump, and the table that kubectl get events
    prints (rounded, hence approximate), all also gzipped. Reading a file again changes nothing.
    """
    settings = configuration(ctx)
    for path in paths:
        _require_file(path)
    options = _Options(
        namespace=_namespace(namespace),
        taken=parse_instant(at, "--at", settings.timezone),
        form=None if form == "auto" else cast("Format", form),
        cluster=_cluster_name(cluster, settings),
    )
    summary = Summary()
    failed = False
    with Store(open_store(settings)) as store:
        for path in paths:
            failed = not _import_path(path, options, store, summary) or failed
    _print(summary, output)
    ctx.exit(1 if failed else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the user said about all paths."""

    cluster: str
    namespace: str
    taken: datetime | None
    form: Format | None


def _require_file(path: str) -> None:
    if path == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        return
    try:
        exists = Path(path).exists()
    except OSError as error:
        raise UsageError(f"{path[:SHOWN_CHARACTERS]} cannot be read: {error.strerror}") from None
    if not exists:
        raise UsageError(f"there is no file {path}")


def _namespace(given: str) -> str:
    if len(given) > MAX_NAMESPACE_CHARACTERS or not given.isprintable():
        raise UsageError("--namespace takes up to 253 printable characters")
    return given


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
    return checked("--cluster", name, cluster_name)


def _import_path(path: str, options: _Options, store: Store, summary: Summary) -> bool:
    """Import a file, or what a folder or archive holds; False where something went wrong."""
    try:
        if path == "-":
            file = FoundFile("standard input", sys.stdin.buffer, None, datetime.now(UTC))
            _import_one(file, options, store, summary)
            return True
        if Path(path).is_dir() or is_archive(Path(path)):
            return _import_many(Path(path), options, store, summary)
        with open_input(Path(path)) as stream:
            status = Path(path).stat()
            modified = datetime.fromtimestamp(status.st_mtime, UTC)
            file = FoundFile(path, stream, status.st_size or None, modified)
            _import_one(file, options, store, summary)
    except InputError as error:
        say(f"kubedigest: {error}")
        return False
    return True


def _import_many(path: Path, options: _Options, store: Store, summary: Summary) -> bool:
    skipped = Skipped()
    files = walk_folder(path, skipped) if path.is_dir() else walk_archive(path, skipped)
    done = failed = 0
    for file in files:
        try:
            _import_one(file, options, store, summary)
        except ForeignError:
            skipped.files += 1
            continue
        except InputError as error:
            failed += 1
            _say_failure(str(error), failed)
        done += 1
    for damage in skipped.damages:
        failed += 1
        _say_failure(damage, failed)
    if failed > SHOWN_FAILURES:
        say(f"kubedigest: and {failed - SHOWN_FAILURES:,} more")
    if not done and not failed:
        raise InputError(f"{path} holds no events; its {skipped.files:,} files are something else")
    say(f"{path}: {done:,} files with events read, {skipped.files:,} others skipped")
    return not failed


def _say_failure(sentence: str, failed: int) -> None:
    if failed <= SHOWN_FAILURES:
        say(f"kubedigest: {sentence}")


def _import_one(file: FoundFile, options: _Options, store: Store, summary: Summary) -> None:
    """Import one stream; raise InputError where something went wrong."""
    reader = EventReader(
        file.name,
        file.stream,
        cluster=options.cluster,
        received=datetime.now(UTC),
        form=options.form,
        taken=options.taken or file.modified,
        namespace=options.namespace,
    )
    one = Summary()
    try:
        with ByteProgress(file.name, file.size) as progress:
            import_items(reader, store, one, progress=progress.of(reader))
        _require_some(file.name, one)
    finally:
        summary.add(one)
        if reader.form == "text" and options.taken is None:
            time = file.modified.isoformat(timespec="seconds")
            say(f"{file.name}: read as printed at {time}; --at TIME for another time")


def _require_some(path: str, summary: Summary) -> None:
    # what retention refuses is no fault of the file
    faults = Counter({why: n for why, n in summary.reasons.items() if why != TOO_OLD})
    is_stored = summary.stored or summary.repeated
    if faults and not is_stored and summary.ignored == summary.log_lines:
        [(reason, _)] = faults.most_common(1)
        raise InputError(f"{path}: not one of its {summary.read:,} records is stored; {reason}")


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

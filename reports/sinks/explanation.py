"""What a sink filters, what kube-eventer did with it, and the same in our configuration."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from analytics.inert import printable
from reports.sinks.masking import masked
from reports.sinks.our_channel import OurChannel
from reports.sinks.sink import Sink
from reports.table import render_table
from reports.yaml_document import yaml_text

_COLUMNS = ("parameter", "given", "kube-eventer", "kubedigest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One sink, explained; no secret is in it."""

    sink: str
    refused: tuple[str, ...]
    parameters: tuple[dict[str, str], ...]
    warnings: tuple[dict[str, str], ...]
    channels: dict[str, object]
    notify: tuple[object, ...]  # entries for live messages
    environment: tuple[str, ...]  # variables that hold the secrets
    notes: tuple[str, ...]


def explained(sink: Sink, channel: OurChannel, problem: str = "") -> Explanation:
    """Explain one sink.

    Parameters
    ----------
    sink
        As it was read.
    channel
        The same in our terms.
    problem
        Why the configuration does not take that, in a sentence, if so.
    """
    settings = _masked(dict(channel.settings), sink.secrets)
    return Explanation(
        sink=f"{sink.type}:{masked(sink.host, sink.secrets)}",
        refused=sink.problems,
        parameters=tuple(asdict(one) for one in sink.parameters),
        warnings=tuple(asdict(one) for one in sink.traps),
        channels={channel.name: settings},
        notify=(_masked(dict(channel.rule), sink.secrets),),
        environment=tuple(channel.environment),
        notes=(
            *channel.notes,
            *([f"the configuration does not take it: {problem}"] * bool(problem)),
        ),
    )


def _masked(value: object, secrets: tuple[str, ...]) -> object:
    """Mask a secret that also stands where none belongs, such as in a pattern."""
    if isinstance(value, dict) and set(value) != {"env"}:
        return {key: _masked(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, secrets) for inner in value]
    return masked(value, secrets) if isinstance(value, str) else value


def document(explanations: list[Explanation]) -> dict[str, object]:
    """Return all of it for programs."""
    return {"sinks": [asdict(one) for one in explanations]}


def table(found: Explanation) -> str:
    """Return one explanation for people."""
    rows = [
        [one[key] or "-" for key in ("name", "given", "kube_eventer", "kubedigest")]
        for one in found.parameters
    ]
    lines = [f"{printable(found.sink)}\n\n", render_table(_COLUMNS, rows)]
    if found.refused:
        lines.append("\nRefused at start:\n")
        lines += [f"- {printable(one)}\n" for one in found.refused]
    if found.warnings:
        lines.append("\nWhere kube-eventer does something else than one reads:\n")
        lines += [
            f"- {printable(one['parameter'] + ': ' + one['sentence'])}\n" for one in found.warnings
        ]
    lines.append("\nThe same as a channel and a rule of ours:\n")
    text = yaml_text({"channels": found.channels, "notify": found.notify})
    lines.append("".join(f"    {line}\n" for line in text.splitlines()))
    if found.environment:
        lines.append(f"\nThe environment holds its secrets: {', '.join(found.environment)}.\n")
    if found.notes:
        lines.append("\nWhat that does otherwise:\n")
        lines += [f"- {printable(one)}\n" for one in found.notes]
    return "".join(lines)

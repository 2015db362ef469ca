"""A user's template -> text, made in a process of its own with limits of memory and time."""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.inert import printable
from reports.errors import TemplateError
from reports.template_context import Kind, TemplateDigest
from reports.template_sandbox import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one template may take."""

    memory_bytes: int = 512 * 1024 * 1024  # more than the process has at its start
    cpu_seconds: int = 10
    wall_seconds: float = 30.0
    output_bytes: int = 5_000_000


LIMITS = Limits()


def unescaped(text: str) -> str:
    """Return *text*, for readers to whom no character of inert text means anything."""
    return text


def made(
    path: Path,
    kind: Kind,
    context: TemplateDigest,
    *,
    escape: Callable[[str], str] = unescaped,
    limits: Limits = LIMITS,
) -> str:
    """Return what the template of a user makes of a digest.

    Parameters
    ----------
    path
        The template. It can include the ``.j2`` files of its folder, and reads nothing else.
    kind
        Decides how every value is escaped, so that no text of an event becomes markup.
    context
        The one thing it is given, under the name ``digest``.
    escape
        A function of a module, for what the service reads as markup inside of the text.
    limits
        What it may take.

    Returns
    -------
    str
        The same for the same template and context, in any process.

    Raises
    ------
    TemplateError
        The template cannot be read, has a mistake, or takes too much; the sentence says which file
        and, of a mistake, which line.
    """
    if importlib.util.find_spec("resource") is None:
        raise TemplateError(
            f"the template {path} cannot be used: this system has no limits of memory and time"
        )
    if not path.is_file():
        raise TemplateError(f"there is no template {path}")
    job = Job(
        path=path.absolute(),
        kind=kind,
        escape=escape,
        context=context,
        most_bytes=limits.output_bytes,
    )
    with tempfile.TemporaryFile() as written:
        code = _run(job, limits, written.fileno())
        written.seek(0)
        head, _, text = written.read().decode(errors="replace").partition("\n")
    if code == 0 and head == "made":
        return text
    if code == 0 and head == "mistake":
        raise TemplateError(printable(text))
    if code == -signal.SIGXCPU:
        raise TemplateError(
            f"the template {path.name} takes more than {limits.cpu_seconds} s of computing"
        )
    raise TemplateError(
        f"the template {path.name} could not be made: its process ended with {code}"
    )


def _run(job: Job, limits: Limits, written: int) -> int:
    command = [sys.executable, "-P", "-m", "reports.template_process"]
    command += [str(limits.memory_bytes), str(limits.cpu_seconds)]
    try:
        return subprocess.run(  # noqa: S603 - this program itself
            command,
            input=pickle.dumps(job),
            stdout=written,
            stderr=subprocess.DEVNULL,
            timeout=limits.wall_seconds,
            env=_environment(),
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        raise TemplateError(
            f"the template {job.path.name} takes more than {limits.wall_seconds:g} s"
        ) from None


def _environment() -> dict[str, str]:
    """Return the same for everybody, without the secrets that may be in that of this process."""
    folders = [folder for folder in sys.path if folder]
    zones = {name: os.environ[name] for name in ("PYTHONTZPATH",) if name in os.environ}
    return zones | {
        "PYTHONPATH": os.pathsep.join(folders),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }

"""A Containerfile, read and executed step by step in root file systems of their own.

No container engine is needed: a stage is a folder, a step of it runs in there with ``chroot``, in
namespaces of its own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# what a builder is told of the network it works in
_OF_THE_NETWORK = re.compile(r"(?i:(https?|no|all)_proxy)|PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL)")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the instructions since a FROM have made."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def read_steps(text: str) -> list[Step]:
    """Return the instructions, continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Step(name.upper(), rest.strip()) for name, rest in found]


def context_files(context: Path) -> list[PurePosixPath]:
    """Return what .dockerignore lets into the context; the last pattern that fits wins."""
    lines = (context / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [path for path in sorted(_files_below(context)) if not _is_ignored(path, patterns)]


def _files_below(context: Path) -> Iterator[PurePosixPath]:
    for folder, names, files in os.walk(context):
        here = PurePosixPath(Path(folder).relative_to(context).as_posix())
        # environments and caches are large, and never part of the context
        names[:] = [name for name in names if not name.startswith(".")]
        yield from (here / name for name in files)


def _is_ignored(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    ignored = False
    names = [str(path), *(str(parent) for parent in path.parents if parent.name)]
    for pattern in patterns:
        wanted = pattern.removeprefix("!")
        anywhere = wanted.removeprefix("**/")
        parts = [PurePosixPath(name).name for name in names] if anywhere != wanted else names
        if any(fnmatchcase(part, anywhere) for part in parts):
            ignored = not pattern.startswith("!")
    return ignored


def in_root(
    stage: Stage,
    command: Sequence[str],
    *,
    read_only: bool = False,
    binds: Mapping[Path, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the command that runs *command* in the stage's root file system as its user.

    Read-only, nothing can be written but what lies in /tmp, which is empty, and nobody can gain
    rights: as in a pod with the restricted security context. Its process is number 1. The network
    is that of the machine. *binds* are folders that are seen in there, too.
    """
    root = shlex.quote(str(stage.root))
    limits = ["setpriv", f"--reuid={stage.user.split(':')[0]}"]
    limits += [f"--regid={stage.user.split(':')[-1]}", "--clear-groups"]
    prepared = [f"mount -t proc proc {root}/proc"]
    if read_only:
        prepared = [
            f"mount --bind {root} {root}",
            f"mount -o remount,ro,bind {root}",
            *prepared,
            f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",  # noqa: S108 - in the root
        ]
        limits += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    for source, target in (binds or {}).items():
        place = root + shlex.quote(target)
        made = f"mkdir -p {place}"
        # the place is made before the root can no longer be written, or in /tmp once that is empty
        prepared.insert(len(prepared) if target.startswith("/tmp/") else 0, made)  # noqa: S108
        prepared.append(f"mount --bind {shlex.quote(str(source))} {place}")
    variables = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        **stage.environment,
        **(environment or {}),
    }
    settings = [f"{name}={value}" for name, value in variables.items()]
    moved = ["env", "-i", "-C", stage.folder, *settings, *command]
    script = " && ".join([*prepared, f"exec chroot {root} {shlex.join([*limits, *moved])}"])
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]


class Builder:
    """Executes the steps; *base* is the root file system that stands for the base image."""

    def __init__(self, context: Path, base: Path, work: Path) -> None:
        self._context = context
        self._base = base
        self._work = work
        self._stages: dict[str, Stage] = {}
        self._arguments: dict[str, str] = {}
        self.ran: list[str] = []  # the text of each RUN

    def build(self, steps: Sequence[Step]) -> Stage:
        """Return the last stage."""
        stage: Stage | None = None
        name = ""
        for step in steps:
            if step.name == "ARG":
                key, _, value = step.text.partition("=")
                self._arguments[key] = value
            elif step.name == "FROM":
                stage, name = self._begin(step.text)
            else:
                assert stage is not None, "no FROM before it"
                stage = self._take(stage, step)
            if stage is not None:
                self._stages[name] = stage
        assert stage is not None, "no FROM"
        return stage

    def _begin(self, text: str) -> tuple[Stage, str]:
        image, *rest = _expanded(text, self._arguments).split()
        assert image == self._arguments["BASE"], "every stage begins with the base"
        name = rest[1] if rest else str(len(self._stages))
        root = self._work / f"stage-{name}"
        subprocess.run(["cp", "-a", str(self._base), str(root)], check=True)
        return Stage(root=root), name

    def _take(self, stage: Stage, step: Step) -> Stage:
        if step.name == "RUN":
            self._run(stage, step.text)
            return stage
        if step.name == "COPY":
            self._copy(stage, step.text)
            return stage
        if step.name == "ENV":
            pairs = (word.partition("=") for word in shlex.split(step.text))
            added = {key: _expanded(value, stage.environment) for key, _, value in pairs}
            return replace(stage, environment={**stage.environment, **added})
        if step.name == "WORKDIR":
            (stage.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(stage, folder=step.text)
        if step.name == "USER":
            return replace(stage, user=step.text)
        if step.name in {"ENTRYPOINT", "CMD"}:
            words = tuple(json.loads(step.text))  # the exec form is JSON, and the other one is not
            key = "entrypoint" if step.name == "ENTRYPOINT" else "command"
            return replace(stage, **{key: words})
        raise AssertionError(f"{step.name} is an instruction that nobody executes here")

    def _run(self, stage: Stage, text: str) -> None:
        self.ran.append(text)
        network = {
            name: value for name, value in os.environ.items() if _OF_THE_NETWORK.fullmatch(name)
        }
        for name in ("resolv.conf", "hosts"):
            shutil.copy(Path("/etc") / name, stage.root / "etc" / name)
        binds: dict[Path, str] = {}
        if "PIP_CERT" in network and _CERTIFICATES.is_file():
            binds[_CERTIFICATES.parent] = "/run/network-certificates"
            network["PIP_CERT"] = f"/run/network-certificates/{_CERTIFICATES.name}"
        command = in_root(stage, ["/bin/sh", "-c", text], binds=binds, environment=network)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"RUN {text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    def _copy(self, stage: Stage, text: str) -> None:
        *sources, target = [word for word in text.split() if not word.startswith("--")]
        if origin := re.match(r"--from=(\w+) ", text):
            [source] = sources
            kept = self._stages[origin[1]].root / source.lstrip("/")
            made = stage.root / target.lstrip("/")
            made.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", str(kept), str(made)], check=True)
            return
        files = context_files(self._context)
        for source in sources:
            asked = PurePosixPath(source)
            found = [path for path in files if path == asked or asked in path.parents]
            assert found, f"COPY {source}: .dockerignore keeps it out of the context"
            for path in found:
                inside = path.relative_to(asked) if path != asked else PurePosixPath(path.name)
                made = stage.root / stage.folder.lstrip("/") / target / inside
                made.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._context / path, made)


def _expanded(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), text)

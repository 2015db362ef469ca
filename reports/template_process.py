"""The process that makes one template: it limits itself, and then reads what it is to make.

Standard input is a pickled `Job` of the process that started it; standard output is one line,
"made" or "mistake", and then the text.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import resource
import sys
from pathlib import Path

from reports.template_sandbox import Job, MistakeError, make

_SPARE_BYTES = 64 * 1024 * 1024  # to say in that memory ran out
_HEADER_BYTES = 64 * 1024


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Make the template of standard input within *memory_bytes* more than there are now."""
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_NPROC, 0, 0)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_FSIZE, *[job.most_bytes + _HEADER_BYTES] * 2)
    memory = _address_space() + memory_bytes
    _limit(resource.RLIMIT_AS, memory, memory + _SPARE_BYTES)
    try:
        head, text = "made", make(job)
    except MistakeError as error:
        head, text = "mistake", str(error)
    except MemoryError as error:
        error.__traceback__ = None
        _limit(resource.RLIMIT_AS, memory + _SPARE_BYTES, memory + _SPARE_BYTES)
        gc.collect()
        head = "mistake"
        text = f"the template {job.path.name} needs more than {memory_bytes // 2**20} MB of memory"
    sys.stdout.buffer.write(f"{head}\n{text}".encode(errors="replace"))


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit, or as much of it as the system takes."""
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(what)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(what, (soft, hard))


def _address_space() -> int:
    """Return the size of this process [byte], 0 where the system does not say it so."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

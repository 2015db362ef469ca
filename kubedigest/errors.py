"""Errors of the front door.

KubedigestError
├── UsageError   what was asked cannot be: exit code 2
└── Failure      it was asked rightly and did not work: exit code 1
"""

from __future__ import annotations


class KubedigestError(Exception):
    """One clear sentence for the person at the terminal."""

    exit_code = 1


class UsageError(KubedigestError):
    """The command, the configuration or the environment asks for something that cannot be."""

    exit_code = 2


class Failure(KubedigestError):  # noqa: N818 - the word the exit code is documented by
    """The work could not be done."""

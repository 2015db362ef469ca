"""The error of the channels."""

from __future__ import annotations

from reports.errors import ReportError


class ChannelError(ReportError):
    """The channel cannot be used as it is configured: one sentence, without a secret."""

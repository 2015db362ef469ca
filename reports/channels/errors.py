"""Errors of the channels.

ChannelError   the channel cannot be used as it is configured
"""

from __future__ import annotations


class ChannelError(Exception):
    """The channel cannot be used as it is configured: one sentence, without a secret."""

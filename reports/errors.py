"""Errors of the reports.

ReportError
├── TemplateError   a template of the user's makes nothing that could be used
└── ChannelError    a channel cannot be used as it is configured (in reports.channels.errors)
"""

from __future__ import annotations


class ReportError(Exception):
    """The report cannot be made."""


class TemplateError(ReportError):
    """A template of the user's has a mistake, takes too much, or makes what cannot be sent."""

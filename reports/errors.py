"""Errors of the reports.

ReportError
├── TemplateError   a template of the user's makes nothing that could be used
├── SinkError       a --sink string of kube-eventer cannot be used
├── RuleError       a rule of live notifications cannot be used
└── ChannelError    a channel cannot be used as it is configured (in reports.channels.errors)
"""

from __future__ import annotations


class ReportError(Exception):
    """The report cannot be made."""


class TemplateError(ReportError):
    """A template of the user's has a mistake, takes too much, or makes what cannot be sent."""


class SinkError(ReportError):
    """A ``--sink`` string of kube-eventer, or its template, cannot be used; no secret is in it."""


class RuleError(ReportError):
    """A rule of live notifications cannot be used as it is configured."""

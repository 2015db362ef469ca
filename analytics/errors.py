"""Errors of the analytics.

AnalyticsError
├── FrameError     a frame breaks its contract
├── WindowError    a window that cannot be
├── CatalogueError a reason catalogue that cannot be read
└── LanguageError  a language that there is not, or whose catalogue cannot be used
"""

from __future__ import annotations


class AnalyticsError(Exception):
    """The analysis cannot be done."""


class FrameError(AnalyticsError):
    """A frame does not satisfy its contract."""


class WindowError(AnalyticsError):
    """The window is empty, naive, or names an unknown zone."""


class CatalogueError(AnalyticsError):
    """The reason catalogue has an entry that cannot be used."""


class LanguageError(AnalyticsError):
    """There is no such language, or its catalogue cannot be used."""

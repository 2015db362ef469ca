"""The ways in which the rows of an answer can be written."""

from __future__ import annotations

OUTPUTS = ("table", "wide", "json", "yaml", "csv")

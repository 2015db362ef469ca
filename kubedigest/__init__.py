"""Front door: command line, configuration, demo, private PostgreSQL. It computes nothing."""

from __future__ import annotations

from kubedigest.shadowing import refuse_shadowed_packages

__version__ = "0.1.0"

refuse_shadowed_packages()

"""Notice a user's own ``analytics.py`` or ``reports/`` that stands in the way of ours."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

OUR_PACKAGES = ("collector", "analytics", "reports")
HOME = Path(__file__).resolve().parent.parent


def refuse_shadowed_packages(home: Path = HOME) -> None:
    """Raise ImportError naming the first package that is not the one beside this one."""
    for name in OUR_PACKAGES:
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or home not in found.parents:
            raise ImportError(
                f"kubedigest needs its own package {name!r}, but Python finds "
                f"{found or 'a folder of that name without __init__.py'}; rename that one, or "
                "start from another folder"
            )

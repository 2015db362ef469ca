"""docs/licences.md: under which licence each package is that kubedigest needs."""

from __future__ import annotations

import platform

from manual.installed import EXTRAS, packages

MADE_WITH = "3.11"  # other versions of Python need other versions of some packages
_HEAD = f"""\
# Licences

<!-- made by ./run manual, with Python {MADE_WITH} -->

kubedigest is under the [Apache License 2.0](../LICENSE). This is what it needs, with the extras
{", ".join(f"`{one}`" for one in EXTRAS)}, and the licence that each package names in its own
metadata. Versions are in [constraints.txt](../constraints.txt).

Two are weak copyleft, and are used unchanged: `certifi` (MPL-2.0), a list of authorities, and
`psycopg2-binary` (LGPL), the driver. The extra `local` brings PostgreSQL, and for its `psql` GNU
readline (GPL-3.0); it is for laptops and stays out of images.

| package | licence |
| --- | --- |
"""


def licences() -> str:
    """Return the page.

    Raises
    ------
    SystemExit
        This is another version of Python than the page is made with.
    """
    if not platform.python_version().startswith(f"{MADE_WITH}."):
        raise SystemExit(f"docs/licences.md is made with Python {MADE_WITH}")
    rows = [f"| `{one.name}` | {one.licence} |\n" for one in packages()[1:]]
    return _HEAD + "".join(rows)

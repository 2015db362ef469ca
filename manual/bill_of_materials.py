"""A CycloneDX bill of materials of what is installed, for a release: it is never committed."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

from manual.installed import Package, packages


def bill_of_materials(found: tuple[Package, ...]) -> dict[str, Any]:
    """Return a bill in version 1.6: the same packages give the same bill.

    Parameters
    ----------
    found
        What it is about first, then what that needs.
    """
    components = [_component(one) for one in found]
    references = {one["name"]: one["bom-ref"] for one in components}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**components[0], "type": "application"}},
        "components": components[1:],
        "dependencies": [
            {"ref": references[one.name], "dependsOn": [references[need] for need in one.needs]}
            for one in found
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(bill, sort_keys=True))
    return {**bill, "serialNumber": f"urn:uuid:{serial}"}


def _component(package: Package) -> dict[str, Any]:
    address = f"pkg:pypi/{package.name}@{package.version}"
    licence = (
        {"expression": package.expression}
        if package.expression
        else {"license": {"name": package.licence}}
    )
    return {
        "type": "library",
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "licenses": [licence],
        "purl": address,
    }


def main(folders: list[str]) -> None:
    """Print the bill of what is in *folders*, by default of this environment."""
    found = packages(folders or None)
    if not found or found[0].name != "kubedigest":
        raise SystemExit(f"kubedigest is not installed in {', '.join(folders)}")
    sys.stdout.write(json.dumps(bill_of_materials(found), indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

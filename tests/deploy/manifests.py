"""What deploy/ holds, rendered as ``kubectl apply -k`` would."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAYS = sorted(path.name for path in (DEPLOY / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (DEPLOY / "components").iterdir())
WORKLOADS = ("Deployment", "CronJob")

Manifest = dict[str, Any]


@cache
def kubectl() -> str:
    """Return the program, or skip the test."""
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("nothing can be rendered: there is no kubectl")
    return found


@cache
def rendered(folder: Path) -> list[Manifest]:
    """Return what the kustomization in *folder* makes."""
    done = subprocess.run(
        [kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "a warning of kustomize"
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def overlay(name: str) -> list[Manifest]:
    """Return what an overlay makes; base stands for what none has changed."""
    return rendered(DEPLOY / "base" if name == "base" else DEPLOY / "overlays" / name)


def with_component(folder: Path, component: str) -> list[Manifest]:
    """Return what the base makes with a component; *folder* takes the kustomization."""
    component_folder = upwards(DEPLOY / "components" / component, folder)
    return built_on(folder, "base", components=[component_folder])


def built_on(folder: Path, name: str, **keys: object) -> list[Manifest]:
    """Return what a user's kustomization makes of the base or an overlay."""
    beneath = DEPLOY / "base" if name == "base" else DEPLOY / "overlays" / name
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "kubedigest",
        "resources": [upwards(beneath, folder)],
        **keys,
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return rendered(folder)


def upwards(target: Path, folder: Path) -> str:
    """Return the relative path of *target*; kustomize takes no other kind."""
    return str(
        Path(*[".."] * (len(folder.resolve().parts) - 1)) / target.resolve().relative_to("/")
    )


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    """Return those of the kinds."""
    return [one for one in manifests if one["kind"] in kinds]


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """Return the one of this kind and name."""
    [found] = [one for one in of_kind(manifests, kind) if one["metadata"]["name"] == name]
    return found


def pod_template(workload: Manifest) -> Manifest:
    """Return the template of a Deployment's or a CronJob's pods."""
    spec: Manifest = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Manifest = spec["template"]
    return template


def written(pattern: str) -> list[Manifest]:
    """Return the manifests of the files, as they are written."""
    return [
        document
        for path in sorted(DEPLOY.glob(pattern))
        for document in yaml.safe_load_all(path.read_text())
        if document and "kind" in document
    ]

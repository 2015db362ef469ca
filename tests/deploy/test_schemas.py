"""The manifests against the schemas of the versions of Kubernetes that are supported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.manifests import DEPLOY, OVERLAYS, overlay, rendered

VERSIONS = [f"1.{minor}" for minor in range(25, 38)]
NOT_OF_KUBERNETES = {("postgresql.cnpg.io/v1", "Cluster")}  # of the operator


@pytest.fixture(scope="module")
def validate() -> Any:
    """Return the validator, which is too large to come with the tests."""
    found = pytest.importorskip(
        "kubernetes_validate", reason="schemas are not checked: install kubernetes-validate"
    )
    return found.validate


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["base", *OVERLAYS])
def test_a_manifest_fits_the_schema(name: str, version: str, validate: Any) -> None:
    """Strictly: a key that is misspelt is one that Kubernetes does not know."""
    manifests = overlay(name)
    if name == "several-clusters":
        manifests = [*manifests, *rendered(DEPLOY / "overlays" / name / "watched-cluster")]
    for manifest in manifests:
        if (manifest["apiVersion"], manifest["kind"]) not in NOT_OF_KUBERNETES:
            validate(manifest, version, strict=True)

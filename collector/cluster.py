"""What a cluster is called when nobody says."""

from __future__ import annotations

import logging


def kubeconfig_cluster() -> str | None:
    """Return the cluster of the kubeconfig's current context; None without one."""
    # 0.2 s and 40 MB that only this question costs
    from kubernetes.config import ConfigException, list_kube_config_contexts

    logging.getLogger("kubernetes").setLevel(logging.ERROR)
    try:
        _, current = list_kube_config_contexts()  # type: ignore[no-untyped-call]
    except (ConfigException, OSError, TypeError, KeyError, ValueError):
        return None
    name = (current or {}).get("context", {}).get("cluster")
    return str(name)[:253] if name else None

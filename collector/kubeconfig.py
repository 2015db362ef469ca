"""Which API servers to talk to, and with what credentials: as kubectl finds them.

The official client reads kubeconfigs, runs login plugins and follows rotated tokens. It is imported
in functions: 0.3 s and 37 MB that most commands never need.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from collector import redaction
from collector.errors import KubeconfigError

if TYPE_CHECKING:
    from kubernetes.client import Configuration
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
MAX_CLUSTER_CHARACTERS = 253
SHOWN_CONTEXTS = 10
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Target:
    """One cluster and how to log in to it."""

    context: str  # "" in a pod
    cluster: str  # what the kubeconfig calls it, "" in a pod
    # reads files and runs login plugins anew: what has been rotated since is picked up
    load: Callable[[], Configuration] = field(repr=False)


def targets(
    kubeconfig: str | None = None,
    contexts: Sequence[str] = (),
    *,
    environ: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
) -> list[Target]:
    """Return a target for each of *contexts*, or the current one; in a pod its service account.

    Raises
    ------
    KubeconfigError
        There is no usable kubeconfig, or it has no such context.
    """
    paths = _paths(kubeconfig, environ)
    is_found = any(path.exists() for path in paths)
    if not is_found and kubeconfig is None and not contexts and _is_pod(environ, service_account):
        return [Target("", "", lambda: _in_cluster(environ, service_account))]
    if not is_found:
        raise KubeconfigError(_not_found(kubeconfig, environ))
    merged = _merge(paths)
    names = list(dict.fromkeys(contexts)) or [_current_context(merged, paths)]
    clusters = _clusters(merged, paths)
    for name in names:
        if name not in clusters:
            raise KubeconfigError(_no_context(name, clusters, paths))
    return [_target(name, clusters[name], paths) for name in names]


def kubeconfig_cluster() -> str | None:
    """Return the cluster of the kubeconfig's current context; None without one."""
    paths = _paths(None, os.environ)
    try:
        if not any(path.exists() for path in paths):
            return None
        merged = _merge(paths)
        name = _clusters(merged, paths)[_current_context(merged, paths)]
    except (KubeconfigError, KeyError, OSError):
        return None
    return name or None


def _paths(kubeconfig: str | None, environ: Mapping[str, str]) -> list[Path]:
    listed = kubeconfig or environ.get("KUBECONFIG")
    if not listed:
        return [Path(environ.get("HOME", "~")).expanduser() / ".kube" / "config"]
    parts = [listed] if kubeconfig else listed.split(os.pathsep)
    return [Path(part).expanduser() for part in parts if part]


def _shown(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)[:SHOWN_CHARACTERS]


def _not_found(kubeconfig: str | None, environ: Mapping[str, str]) -> str:
    where = _shown(_paths(kubeconfig, environ))
    if kubeconfig:
        return f"there is no kubeconfig {where}"
    source = "$KUBECONFIG names " if environ.get("KUBECONFIG") else "looked for "
    return (
        f"no kubeconfig was found ({source}{where}): give one with --kubeconfig FILE;"
        " in a pod its service account is used, when its token is mounted"
    )


def _merge(paths: Sequence[Path]) -> KubeConfigMerger:
    """Read the files as one: of two entries with one name the first counts."""
    import yaml
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        merged = KubeConfigMerger(os.pathsep.join(map(str, paths)))  # type: ignore[no-untyped-call]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise KubeconfigError(f"the kubeconfig {_shown(paths)} is not YAML{line}") from None
    except OSError as error:
        path = error.filename or _shown(paths)
        raise KubeconfigError(f"cannot read the kubeconfig {path}: {error.strerror}") from None
    except (ConfigException, AttributeError, TypeError, KeyError, ValueError):
        raise KubeconfigError(f"{_shown(paths)} is not a kubeconfig") from None
    if merged.config is None:
        raise KubeconfigError(f"{_shown(paths)} is not a kubeconfig")
    return merged


def _current_context(merged: KubeConfigMerger, paths: Sequence[Path]) -> str:
    """Return what kubectl would use: the first file that names a context wins."""
    for config in merged.config_files.values():
        name = config.get("current-context")
        if name and isinstance(name, str):
            return name
    names = _clusters(merged, paths)
    raise KubeconfigError(
        f"the kubeconfig {_shown(paths)} has no current context: choose from {_listed(names)}"
        if names
        else f"the kubeconfig {_shown(paths)} has no contexts"
    )


def _clusters(merged: KubeConfigMerger, paths: Sequence[Path]) -> dict[str, str]:
    """Return the name of the cluster of each context."""
    try:
        return {
            str(node.value["name"]): str(node.value["context"]["cluster"])[:MAX_CLUSTER_CHARACTERS]
            for node in merged.config.value["contexts"]
        }
    except (TypeError, KeyError, AttributeError):
        raise KubeconfigError(
            f"the kubeconfig {_shown(paths)} has a context without a name or a cluster"
        ) from None


def _no_context(name: str, clusters: Mapping[str, str], paths: Sequence[Path]) -> str:
    return (
        f"the kubeconfig {_shown(paths)} has no context {name[:MAX_CLUSTER_CHARACTERS]!r};"
        f" it has {_listed(clusters)}"
    )


def _listed(names: Mapping[str, str]) -> str:
    if not names:
        return "none"
    more = len(names) - SHOWN_CONTEXTS
    shown = ", ".join(sorted(names)[:SHOWN_CONTEXTS])
    return f"{shown} and {more} more" if more > 0 else shown


def _target(context: str, cluster: str, paths: Sequence[Path]) -> Target:
    return Target(context, cluster, lambda: _from_kubeconfig(context, paths))


def _from_kubeconfig(context: str, paths: Sequence[Path]) -> Configuration:
    from kubernetes.config import ConfigException

    where = f"context {context} of {_shown(paths)}"
    configuration = _configuration()
    try:
        loader = _loader(_merge(paths), context, where)
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise KubeconfigError(f"{where}: {_first_line(error)}") from None
    except OSError as error:
        path = f"the file {error.filename}: " if error.filename else ""
        raise KubeconfigError(f"{where} cannot be used: {path}{_first_line(error)}") from None
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise KubeconfigError(f"{where} cannot be used: {_first_line(error)}") from None
    if not configuration.host.startswith(("https://", "http://")):
        raise KubeconfigError(
            f"the cluster of context {context} in {_shown(paths)} names no server:"
            " server must begin with https://"
        )
    if configuration.proxy and not configuration.proxy.startswith(("https://", "http://")):
        raise KubeconfigError(f"{where}: the proxy must begin with http:// or https://")
    _check_files(where, configuration)
    return configuration


def _loader(merged: KubeConfigMerger, context: str, where: str) -> KubeConfigLoader:
    """Return the client's loader; a login plugin that fails ends it, instead of a line in a log."""
    from kubernetes.config.kube_config import KubeConfigLoader

    class Loader(KubeConfigLoader):
        def _load_from_exec_plugin(self) -> bool | None:
            user: Any = self._user
            if "exec" not in user:
                return None
            cluster: Any = self._cluster
            folder = self._get_base_path(cluster.path)  # type: ignore[no-untyped-call]
            _take_credentials(self, where, _run_plugin(where, user["exec"], cluster, folder))
            return True

    def persist() -> None:
        with suppress(OSError):  # a kubeconfig that may only be read is common in containers
            merged.save_changes()  # type: ignore[no-untyped-call]

    return Loader(merged.config, active_context=context, config_persister=persist)  # type: ignore[no-untyped-call]


def _run_plugin(where: str, plugin: Any, cluster: Any, folder: str) -> dict[str, Any]:
    from kubernetes.config.exec_provider import ExecProvider

    try:
        status: dict[str, Any] = ExecProvider(plugin, folder, cluster).run()  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever a foreign program brings about
        _plugin_failed(where, plugin.value, error)
    return status


def _take_credentials(loader: Any, where: str, status: dict[str, Any]) -> None:
    """Give *loader* what a login plugin printed, in the attributes that the client reads."""
    from kubernetes.config.dateutil import parse_rfc3339
    from kubernetes.config.kube_config import FileOrData

    if status.get("token"):
        loader.token = f"Bearer {status['token']}"
    elif status.get("clientCertificateData") and status.get("clientKeyData"):
        for attribute, key in (
            ("cert_file", "clientCertificateData"),
            ("key_file", "clientKeyData"),
        ):
            found: Any = FileOrData(status, None, data_key_name=key, base64_file_content=False)  # type: ignore[no-untyped-call]
            setattr(loader, attribute, found.as_file())
    else:
        raise KubeconfigError(f"{where}: the login plugin gave neither a token nor a certificate")
    if status.get("expirationTimestamp"):
        loader.expiry = parse_rfc3339(status["expirationTimestamp"])  # type: ignore[no-untyped-call]


def _plugin_failed(where: str, plugin: Mapping[str, Any], error: Exception) -> NoReturn:
    command = str(plugin.get("command", ""))[:SHOWN_CHARACTERS]
    if isinstance(error, FileNotFoundError):
        raise KubeconfigError(
            f"{where}: the login plugin {command} is not installed:"
            " install it, or put its folder on PATH"
        ) from None
    raise KubeconfigError(
        f"{where}: the login plugin {command} failed: {_first_line(error)}"
    ) from None


def _first_line(error: Exception) -> str:
    """Return what a person needs of a foreign error, without its secrets."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    first = redaction.clean(text.strip()).split("\n", 1)[0]
    return "".join(filter(str.isprintable, first))[:SHOWN_CHARACTERS].rstrip(".")


def _check_files(where: str, configuration: Configuration) -> None:
    """Name the certificate that cannot be read now: TLS would fail later without a name."""
    for path in (configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file):
        if path and not os.access(path, os.R_OK):
            raise KubeconfigError(f"{where}: the file {path} cannot be read")


def _is_pod(environ: Mapping[str, str], service_account: Path) -> bool:
    return bool(environ.get("KUBERNETES_SERVICE_HOST")) and (service_account / "token").exists()


def _in_cluster(environ: Mapping[str, str], service_account: Path) -> Configuration:
    from kubernetes.config import ConfigException
    from kubernetes.config.incluster_config import InClusterConfigLoader

    configuration = _configuration()
    loader = InClusterConfigLoader(  # type: ignore[no-untyped-call]
        token_filename=str(service_account / "token"),
        cert_filename=str(service_account / "ca.crt"),
        environ=environ,
    )
    try:
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise KubeconfigError(
            f"the pod's service account cannot be used: {_first_line(error)}"
        ) from None
    return configuration


def _configuration() -> Configuration:
    from kubernetes.client import Configuration

    configuration = Configuration(host="")
    configuration.retries = False  # the watcher knows when to try again
    configuration.keep_alive = True  # notices a peer that is gone under a silent watch
    return configuration

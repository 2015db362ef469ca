"""ConfigMaps that --sink strings name: from files, else from the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from collector.errors import ApiError, KubeconfigError
from kubedigest.errors import Failure, UsageError

CONTENT = "content"
_DEFAULT_NAMESPACE = "default"

Place = tuple[str, str]  # namespace and name


def from_files(paths: Sequence[str]) -> dict[Place, str]:
    """Return the key ``content`` of every ConfigMap in files of YAML or JSON.

    Raises
    ------
    UsageError
        A file cannot be read, holds no ConfigMap, or one without the key.
    """
    found: dict[Place, str] = {}
    for path in paths:
        maps = [one for one in _documents(path) if one.get("kind") == "ConfigMap"]
        if not maps:
            raise UsageError(f"--configmap {path}: there is no ConfigMap in it")
        for one in maps:
            place, content = _content(one, path)
            found[place] = content
    return found


def from_cluster(places: Sequence[Place], context: str | None) -> dict[Place, str]:
    """Return the key ``content`` of ConfigMaps of the cluster; what is missing is left out.

    Raises
    ------
    UsageError
        There is no such context, or no cluster is known.
    Failure
        They may not be read, or the cluster does not answer.
    """
    from collector.api_server import ApiServer  # with the client of Kubernetes
    from collector.kubeconfig import targets

    try:
        [target] = targets(None, contexts=(context,) if context else ())[:1]
        with ApiServer(target) as server:
            found = {place: server.config_map(*place) for place in places}
    except KubeconfigError as error:
        raise UsageError(
            f"the ConfigMap {'/'.join(places[0])} cannot be read: {error}; name a file with "
            "--configmap FILE, or a cluster with --context NAME"
        ) from error
    except ApiError as error:
        raise Failure(f"{error}\n{error.rule}".rstrip()) from error
    return {place: data[CONTENT] for place, data in found.items() if data and CONTENT in data}


def _documents(path: str) -> list[Mapping[str, object]]:
    import yaml  # which takes a while

    try:
        found = list(yaml.safe_load_all(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"--configmap {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(f"--configmap {path} is not valid YAML{line}") from error
    lists = [one for one in found if isinstance(one, dict)]
    inner = [item for one in lists for item in one.get("items") or ()]
    return [one for one in (*lists, *inner) if isinstance(one, dict)]


def _content(document: Mapping[str, object], path: str) -> tuple[Place, str]:
    metadata, data = document.get("metadata"), document.get("data")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    content = data.get(CONTENT) if isinstance(data, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str):
        raise UsageError(f"--configmap {path}: a ConfigMap in it has no name")
    if not isinstance(content, str):
        raise UsageError(f"--configmap {path}: the ConfigMap {name} has no key {CONTENT}")
    return (str(metadata.get("namespace") or _DEFAULT_NAMESPACE), name), content

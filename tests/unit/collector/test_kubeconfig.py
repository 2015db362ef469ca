"""Which API servers, and with what credentials."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.errors import KubeconfigError
from collector.kubeconfig import kubeconfig_cluster, targets


def kubeconfig(path: Path, name: str, *, current: bool = True, **user: object) -> Path:
    """Write a kubeconfig with one context, cluster and user."""
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": f"{name}-cluster", "cluster": {"server": f"https://{name}.invalid:6443"}}
        ],
        "users": [{"name": f"{name}-user", "user": user}],
        "contexts": [
            {
                "name": name,
                "context": {
                    "cluster": f"{name}-cluster",
                    "user": f"{name}-user",
                    "namespace": "shop",
                },
            }
        ],
    }
    if current:
        config["current-context"] = name
    path.write_text(yaml.safe_dump(config))
    return path


def plugin(folder: Path, body: str) -> dict[str, object]:
    """Return the exec section of a login plugin that runs *body*."""
    script = folder / "plugin.py"
    script.write_text(body)
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(script)],
        "interactiveMode": "Never",
    }


def printing(**status: object) -> str:
    """Return a program that prints a credential."""
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": status,
    }
    return f"print({json.dumps(credential)!r})"


def bearer(configuration: Any) -> str:
    """Return the header that a request would carry."""
    return str(configuration.auth_settings()["BearerToken"]["value"])


def test_current_context_is_the_default(tmp_path: Path) -> None:
    """Without a context the current one is taken, named after its cluster."""
    path = kubeconfig(tmp_path / "config", "lab", token="t0")
    (target,) = targets(str(path))
    assert (target.context, target.cluster) == ("lab", "lab-cluster")
    configuration = target.load()
    assert configuration.host == "https://lab.invalid:6443"
    assert bearer(configuration) == "Bearer t0"
    assert configuration.keep_alive


def test_several_contexts_of_merged_files(tmp_path: Path) -> None:
    """$KUBECONFIG names several files; the first current-context counts, as it does for kubectl."""
    one = kubeconfig(tmp_path / "one", "lab")
    two = kubeconfig(tmp_path / "two", "live")
    listed = os.pathsep.join(map(str, (tmp_path / "absent", one, two)))
    environ = {"KUBECONFIG": listed}
    assert [t.cluster for t in targets(environ=environ)] == ["lab-cluster"]
    both = targets(contexts=["live", "lab", "live"], environ=environ)
    assert [t.cluster for t in both] == ["live-cluster", "lab-cluster"]


def test_home_is_looked_at(tmp_path: Path) -> None:
    """~/.kube/config is the default."""
    (tmp_path / ".kube").mkdir()
    kubeconfig(tmp_path / ".kube" / "config", "lab")
    assert targets(environ={"HOME": str(tmp_path)})[0].context == "lab"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "is not YAML (line 1)"),
        ("- a", "is not a kubeconfig"),
        ("", "is not a kubeconfig"),
        ("contexts: [{name: a}]", "a context without a name or a cluster"),
        ("contexts: []", "has no contexts"),
        ("contexts: [{name: a, context: {cluster: b}}]", "no current context: choose from a"),
    ],
)
def test_broken_kubeconfig(tmp_path: Path, text: str, sentence: str) -> None:
    """A file that is no kubeconfig is named, in one line."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(KubeconfigError) as caught:
        targets(str(path))
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_absent_kubeconfig(tmp_path: Path) -> None:
    """Where nothing is found, the error says where it was looked for."""
    with pytest.raises(KubeconfigError, match=r"there is no kubeconfig .*nowhere"):
        targets(str(tmp_path / "nowhere"), environ={})
    with pytest.raises(KubeconfigError, match=r"looked for .*/\.kube/config.*in a pod"):
        targets(environ={"HOME": str(tmp_path)})
    with pytest.raises(KubeconfigError, match=r"KUBECONFIG names .*gone"):
        targets(environ={"KUBECONFIG": str(tmp_path / "gone")})


def test_unknown_context(tmp_path: Path) -> None:
    """A context that does not exist is answered with those that do."""
    path = kubeconfig(tmp_path / "config", "lab")
    with pytest.raises(KubeconfigError, match="no context 'live'; it has lab"):
        targets(str(path), ["live"])


def test_server_without_a_scheme(tmp_path: Path) -> None:
    """A cluster without a usable address does not become localhost."""
    path = kubeconfig(tmp_path / "config", "lab")
    path.write_text(path.read_text().replace("https://lab.invalid:6443", "lab.invalid"))
    with pytest.raises(KubeconfigError, match="names no server"):
        targets(str(path))[0].load()


def test_proxy_of_another_kind(tmp_path: Path) -> None:
    """It is refused without its address, which may hold a password."""
    path = kubeconfig(tmp_path / "config", "lab")
    server = "server: https://lab.invalid:6443"
    text = path.read_text().replace(server, f"{server}\n    proxy-url: foo://u:canary@p")
    path.write_text(text)
    with pytest.raises(KubeconfigError, match="proxy must begin with http:// or") as caught:
        targets(str(path))[0].load()
    assert "canary" not in str(caught.value)


def test_missing_certificate(tmp_path: Path) -> None:
    """A certificate file that is not there is named."""
    user: dict[str, Any] = {"client-certificate": "gone.crt"}
    path = kubeconfig(tmp_path / "config", "lab", **user)
    with pytest.raises(
        KubeconfigError, match=r"context lab of .*: File does not exist: .*gone\.crt"
    ):
        targets(str(path))[0].load()


def test_missing_token_file(tmp_path: Path) -> None:
    """The sentence names the context, the kubeconfig and the file that is not there."""
    path = kubeconfig(tmp_path / "config", "lab", tokenFile="/gone/token")
    with pytest.raises(KubeconfigError) as caught:
        targets(str(path))[0].load()
    assert str(caught.value) == (
        f"context lab of {path} cannot be used: the file /gone/token: No such file or directory"
    )


def test_login_plugin(tmp_path: Path) -> None:
    """A plugin's token is used, and each load asks it again."""
    body = (
        f"import pathlib; p = pathlib.Path({str(tmp_path / 'runs')!r})\n"
        "p.write_text(p.read_text() + 'x' if p.exists() else 'x')\n"
    )
    exec_section = plugin(tmp_path, body + printing(token="from-plugin"))
    path = kubeconfig(tmp_path / "config", "lab", exec=exec_section)
    (target,) = targets(str(path))
    assert bearer(target.load()) == "Bearer from-plugin"
    target.load()
    assert (tmp_path / "runs").read_text() == "xx"


def test_expired_plugin_token_is_renewed(tmp_path: Path) -> None:
    """A token that has expired makes the next request run the plugin again."""
    past = "2020-01-01T00:00:00Z"
    exec_section = plugin(tmp_path, printing(token="old", expirationTimestamp=past))
    path = kubeconfig(tmp_path / "config", "lab", exec=exec_section)
    configuration = targets(str(path))[0].load()
    plugin(tmp_path, printing(token="new", expirationTimestamp="2099-01-01T00:00:00Z"))
    assert bearer(configuration) == "Bearer new"


def test_plugin_that_is_not_installed(tmp_path: Path) -> None:
    """A missing plugin is named, with what to do."""
    section = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}
    path = kubeconfig(tmp_path / "config", "lab", exec=section)
    with pytest.raises(KubeconfigError, match="no-such-login is not installed: install it"):
        targets(str(path))[0].load()


def test_plugin_that_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first line of its complaint is shown, its secrets nowhere."""
    body = "import sys; sys.exit('login expired, password=hunter2hunter2\\nmore')"
    path = kubeconfig(tmp_path / "config", "lab", exec=plugin(tmp_path, body))
    with pytest.raises(KubeconfigError, match=r"failed: .*login expired") as caught:
        targets(str(path))[0].load()
    assert "hunter2" not in str(caught.value) + caplog.text
    assert "more" not in str(caught.value)


def test_plugin_without_a_credential(tmp_path: Path) -> None:
    """A plugin that gives nothing does not lead to anonymous requests."""
    path = kubeconfig(tmp_path / "config", "lab", exec=plugin(tmp_path, printing()))
    with pytest.raises(KubeconfigError, match="neither a token nor a certificate"):
        targets(str(path))[0].load()


def pod(folder: Path) -> dict[str, str]:
    """Mount a service account and return the environment of its pod."""
    (folder / "token").write_text("mounted")
    (folder / "ca.crt").write_text("a certificate")
    return {
        "KUBERNETES_SERVICE_HOST": "fd00::1",
        "KUBERNETES_SERVICE_PORT": "443",
        "HOME": str(folder),
    }


def test_pod(tmp_path: Path) -> None:
    """In a pod its service account is used; nobody knows the cluster's name there."""
    environ = pod(tmp_path)
    (target,) = targets(environ=environ, service_account=tmp_path)
    assert (target.context, target.cluster) == ("", "")
    configuration = target.load()
    assert configuration.host == "https://[fd00::1]:443"
    assert bearer(configuration) == "bearer mounted"
    (tmp_path / "token").write_text("rotated")
    assert bearer(target.load()) == "bearer rotated"


def test_pod_with_a_broken_service_account(tmp_path: Path) -> None:
    """A mount without its CA is said in one sentence."""
    environ = pod(tmp_path)
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(KubeconfigError, match="service account cannot be used"):
        targets(environ=environ, service_account=tmp_path)[0].load()


def test_kubeconfig_in_a_pod_comes_first(tmp_path: Path) -> None:
    """A kubeconfig that is asked for, or found, goes before the service account."""
    environ = pod(tmp_path)
    path = kubeconfig(tmp_path / "config", "lab")
    (target,) = targets(str(path), environ=environ, service_account=tmp_path)
    assert target.context == "lab"
    with pytest.raises(KubeconfigError, match="no kubeconfig was found"):
        targets(contexts=["lab"], environ=environ, service_account=tmp_path)


def test_cluster_name_for_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current context's cluster names imports; without a usable kubeconfig nothing does."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    assert kubeconfig_cluster() is None
    kubeconfig(tmp_path / "config", "lab")
    assert kubeconfig_cluster() == "lab-cluster"
    (tmp_path / "config").write_text("a: [")
    assert kubeconfig_cluster() is None


def test_target_shows_no_secret(tmp_path: Path) -> None:
    """A target in a log line does not bring its token along."""
    path = kubeconfig(tmp_path / "config", "lab", token="hidden-token")
    assert "hidden-token" not in repr(targets(str(path)))

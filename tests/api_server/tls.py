"""A certificate authority of one test run, by the openssl command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL = shutil.which("openssl")

_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {alternative}
"""


class Certificate(NamedTuple):
    """What a server shows, and what trusts it."""

    certificate: Path
    key: Path
    ca: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs certificates for servers on the loopback address."""

    def __init__(self, folder: Path, name: str = "a test's authority") -> None:
        self.ca = folder / "ca.crt"
        self._folder = folder
        (folder / "index.txt").write_text("")
        self._sign("ca", name, "root", "IP:127.0.0.1", issuer=["-selfsign"], days=30)

    def certificate(
        self, name: str = "server", *, alternative: str = "IP:127.0.0.1,DNS:localhost"
    ) -> Certificate:
        """Return a good certificate, for other hosts where *alternative* says so."""
        return self._server(name, alternative, days=30)

    def expired(self) -> Certificate:
        """Return a certificate that expired yesterday."""
        return self._server("expired", "IP:127.0.0.1,DNS:localhost", days=-1)

    def _server(self, name: str, alternative: str, *, days: int) -> Certificate:
        issuer = ["-cert", str(self.ca), "-keyfile", str(self._folder / "ca.key")]
        self._sign(name, "127.0.0.1", "server", alternative, issuer=issuer, days=days)
        return Certificate(self._folder / f"{name}.crt", self._folder / f"{name}.key", self.ca)

    def _sign(
        self,
        name: str,
        subject: str,
        extensions: str,
        alternative: str,
        *,
        issuer: list[str],
        days: int,
    ) -> None:
        folder, end = self._folder, datetime.now(UTC) + timedelta(days=days)
        paths = {ending: str(folder / f"{name}.{ending}") for ending in ("key", "csr", "crt")}
        settings = folder / f"{name}.cnf"
        settings.write_text(_CONFIGURATION.format(folder=folder, alternative=alternative))
        config = ["-config", str(settings)]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        names = ["-subj", f"/CN={subject}", "-keyout", paths["key"], "-out", paths["csr"]]
        _run("req", *config, *key, *names)
        if "-selfsign" in issuer:
            issuer = [*issuer, "-keyfile", paths["key"]]
        times = ["-startdate", _time(end - timedelta(days=60)), "-enddate", _time(end)]
        files = ["-in", paths["csr"], "-out", paths["crt"], "-notext", "-batch"]
        _run("ca", *config, "-extensions", extensions, *times, *issuer, *files)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")


def _run(*arguments: str) -> None:
    subprocess.run([OPENSSL or "openssl", *arguments], check=True, capture_output=True)

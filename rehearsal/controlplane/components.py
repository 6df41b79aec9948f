"""The programs of the control plane: their names, ports and command lines."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.controlplane.pki import Pki

ETCD = "etcd"
API_SERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KWOK = "kwok"
# In the order in which they start; stopping goes backwards.
NAMES = (ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER, KWOK)
# An address for documentation, which nothing routes to: RFC 5737.
_NOWHERE = "192.0.2.1"
_CLIENT_LIMITS = ("--kube-api-qps=2000", "--kube-api-burst=4000")


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The loopback ports in use."""

    api_server: int
    etcd: int
    etcd_peer: int

    def of(self, name: str) -> int | None:
        """Return the port that the named component serves, None when it serves nothing."""
        return {API_SERVER: self.api_server, ETCD: self.etcd}.get(name)

    @property
    def server(self) -> str:
        """URL of the API server."""
        return f"https://127.0.0.1:{self.api_server}"

    def free(self) -> bool:
        """Tell whether all of them can be bound now."""
        return all(_bindable(port) for port in asdict(self).values())


def free_ports() -> Ports:
    """Choose ports that nobody listens on; somebody else may still take one before it is bound."""
    sockets = [socket.socket() for _ in range(3)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        first, second, third = (int(each.getsockname()[1]) for each in sockets)
    finally:
        for each in sockets:
            each.close()
    return Ports(api_server=first, etcd=second, etcd_peer=third)


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the programs and their files are."""

    controlplane: Path
    kwok: Path
    directory: Path
    kwok_configuration: Path

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of the stack's cluster."""
        return self.directory / "kubeconfig"

    def command(self, name: str, ports: Ports, pki: Pki) -> list[str]:
        """Return the command line of the named component."""
        if name == KWOK:
            return [str(self.kwok), *self._kwok()]
        arguments = {
            ETCD: self._etcd,
            API_SERVER: self._api_server,
            CONTROLLER_MANAGER: self._controller_manager,
            SCHEDULER: self._scheduler,
        }
        return [str(self.controlplane), name, *arguments[name](ports, pki)]

    def _etcd(self, ports: Ports, pki: Pki) -> list[str]:
        client, peer = (f"https://127.0.0.1:{port}" for port in (ports.etcd, ports.etcd_peer))
        return [
            "--name=rehearsal",
            f"--data-dir={self.directory / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=rehearsal={peer}",
            "--client-cert-auth",
            f"--trusted-ca-file={pki.authority}",
            f"--cert-file={pki.certificate}",
            f"--key-file={pki.key}",
            "--peer-client-cert-auth",
            f"--peer-trusted-ca-file={pki.authority}",
            f"--peer-cert-file={pki.certificate}",
            f"--peer-key-file={pki.key}",
            # A power cut may lose a rehearsal; in exchange a write costs no disk flush.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _api_server(self, ports: Ports, pki: Pki) -> list[str]:
        return [
            "--bind-address=127.0.0.1",
            f"--secure-port={ports.api_server}",
            f"--advertise-address={_NOWHERE}",
            "--endpoint-reconciler-type=none",
            f"--etcd-servers=https://127.0.0.1:{ports.etcd}",
            f"--etcd-cafile={pki.authority}",
            f"--etcd-certfile={pki.certificate}",
            f"--etcd-keyfile={pki.key}",
            f"--client-ca-file={pki.authority}",
            f"--tls-cert-file={pki.certificate}",
            f"--tls-private-key-file={pki.key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki.certificate}",
            f"--service-account-signing-key-file={pki.key}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--authorization-mode=Node,RBAC",
            "--anonymous-auth=false",
            "--allow-privileged=true",
            "--profiling=false",
            # Hundreds of objects are applied at once; fairness between tenants is of no use to a single user.
            "--enable-priority-and-fairness=false",
            "--max-requests-inflight=2000",
            "--max-mutating-requests-inflight=1000",
        ]

    def _controller_manager(self, _ports: Ports, pki: Pki) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--root-ca-file={pki.authority}",
            f"--service-account-private-key-file={pki.key}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            "--secure-port=0",
            "--profiling=false",
            *_CLIENT_LIMITS,
        ]

    def _scheduler(self, _ports: Ports, _pki: Pki) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            "--profiling=false",
            *_CLIENT_LIMITS,
        ]

    def _kwok(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--config={self.kwok_configuration}",
            "--enable-crds=Stage",
            "--manage-all-nodes=true",
            f"--node-ip={_NOWHERE}",
            "--node-lease-duration-seconds=40",
            "--cidr=10.244.0.0/16",
            "--v=WARN",
        ]

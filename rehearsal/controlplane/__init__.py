"""A Kubernetes control plane on loopback: etcd, API server, controllers, scheduler and simulated nodes (kwok)."""

from rehearsal.controlplane.bootstrap import custom_resources
from rehearsal.controlplane.model import Component, ControlPlaneError, State, Status
from rehearsal.controlplane.plane import ControlPlane

__all__ = ["Component", "ControlPlane", "ControlPlaneError", "State", "Status", "custom_resources"]

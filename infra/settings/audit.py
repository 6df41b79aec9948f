"""The audit trail of the Enterprise Platform: what it runs on. It exists exactly when that does; there is no switch."""

from dataclasses import replace

from infra.settings.base import Model
from infra.settings.store_types import ImageReference, VolumeGi
from infra.sizes import AuditSize


class Audit(Model):
    """Its aggregator, which buffers every record on a volume and writes it into the bucket for the audit trail."""

    image: ImageReference | None = None
    """Fluentd with the plugin for S3; that of the program when absent."""
    storage_gi: VolumeGi | None = None
    """Volume of the buffer per replica, in GiB; from the environment when absent."""

    def resolve(self, default: AuditSize) -> AuditSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return default if self.storage_gi is None else replace(default, storage_gi=self.storage_gi)

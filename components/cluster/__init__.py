"""What every cluster needs before the serving layer: namespaces, network, certificates, ingress, monitoring."""

"""The offline engine: any stack, rehearsed on the real Pulumi engine and a real Kubernetes API server."""

"""Elasticsearch in the cluster: ECK's operator, one cluster for request logs, and snapshots to the object store."""

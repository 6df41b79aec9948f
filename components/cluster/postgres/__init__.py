"""Postgres in the cluster: CloudNativePG, its backup plugin, and one database cluster for the model catalogue."""

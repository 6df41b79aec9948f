"""Kafka inside the cluster, run by Strimzi."""

"""The audit trail: fluentd keeps every record until it lies in a bucket that nobody can rewrite."""

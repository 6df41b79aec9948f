"""Stand-in for the `kubernetes` provider plugin: the same resources and behaviour, on a rehearsal's own API server."""

"""Stand-ins for the providers that a rehearsal cannot download."""

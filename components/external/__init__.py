"""Stores that the customer runs: pure functions from what the stack file says to the contracts."""

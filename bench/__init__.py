"""Measures the platform's program against the least that could do the same job, on one machine in one run."""

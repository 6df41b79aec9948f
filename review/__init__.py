"""Review of a change: what `pulumi preview` says, ordered by what it would cost, and whether it may pass."""

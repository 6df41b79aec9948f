"""Each ingress that a stack can have, and what all of them are made with."""

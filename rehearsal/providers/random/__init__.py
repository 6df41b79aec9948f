"""Stand-in for the `random` provider plugin: passwords, strings, ids, pets, UUIDs, integers and shuffled lists."""

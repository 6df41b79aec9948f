"""What opens the platform: rules in tables, by what they are about."""

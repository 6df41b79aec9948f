"""Seldon Enterprise Platform: the application on top of Core 2, and the logger of requests."""

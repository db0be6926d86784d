"""Pipelines, run settings and cards: YAML, command line and Python build the same options."""

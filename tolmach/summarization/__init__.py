"""Summaries: which passages matter, condensing them, and the gate they must pass."""

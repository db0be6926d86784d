"""Checks: what an editor must look at in a translated text, found without a model."""

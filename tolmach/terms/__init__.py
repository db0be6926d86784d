"""Names and terms: found in the Russian source, put right in the target."""

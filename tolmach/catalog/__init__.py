"""Models at rest: cards, the cache, choosing, preparing and loading."""

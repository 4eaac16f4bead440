"""Hypothesis strategies: what may be said, with one of its spellings, and what no grammar allows."""

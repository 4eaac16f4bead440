"""Benchmarks: ratios measured in one run, never times to pass or fail by."""

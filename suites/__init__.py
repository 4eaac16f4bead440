"""The suites: one folder an RFC, with its requirements and its checks."""

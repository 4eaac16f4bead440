"""The harness's own tests; no network beyond loopback."""

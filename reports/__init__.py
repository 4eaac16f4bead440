"""Reports: pure functions from a finished run to text, a page or a file for other programs.

Installed as `conformance.reports`. Invariant: nothing here talks to a server or judges anything anew; a report shows
what `results.jsonl` and the transcripts of its run folder say, and a run without footer is called interrupted in every
one of them. What the server under test said is text from the audited party: it is shown, never obeyed.
"""

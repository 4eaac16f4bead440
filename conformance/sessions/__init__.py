"""One protocol each: commands in, answers out. A session judges nothing."""

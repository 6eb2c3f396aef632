"""Cassettes: what live backends answered, kept in files beside the tests and played back from there."""

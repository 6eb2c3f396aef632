"""Patterns of several model calls, made of steps that nest in any order; nothing here does I/O itself."""

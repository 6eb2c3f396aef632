"""Shapes: what an answer must look like, as pure functions; between them it is JSON Schema 2020-12."""

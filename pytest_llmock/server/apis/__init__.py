"""The APIs of providers: each module has its handlers and, as `API`, the table of its paths."""

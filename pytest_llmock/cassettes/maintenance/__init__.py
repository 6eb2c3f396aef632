"""What is done with cassettes between test runs; the command line is a thin layer above these functions.

Rules: nothing here is told how it is shown, and nothing asks a live model. Whatever is removed or replaced is
what the function says, and a file that cannot be read is reported and left as it is.
"""

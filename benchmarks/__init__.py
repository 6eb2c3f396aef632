"""The figures we promise, each measured against a floor in the same run: `make bench`."""

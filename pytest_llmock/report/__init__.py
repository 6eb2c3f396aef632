"""What was called, rendered."""

"""Backends made of backends: each module takes a backend (or several) and gives one back."""

"""Texts of any characters that UTF-8 can write."""

from hypothesis import strategies as st

# Not codec="utf-8": the table that Hypothesis makes of a codec takes seconds in each new folder.
CHARACTERS = st.characters(exclude_categories=["Cs"])
CHARACTERS.validate()  # reads the table of categories now: inside a draw it would count as a slow one
TEXT = st.text(CHARACTERS)

"""The vendor's objects, in snake_case; `spelling` writes both spellings and reads either."""

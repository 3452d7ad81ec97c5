"""Source code as a small tree that is the same for every language, and what names and constants in it mean."""

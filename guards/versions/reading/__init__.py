"""Readers: bytes of one kind of file in, facts out. None of them knows of another."""

"""Credentials in the tree."""

"""Exact boundaries of a computed section: solved, followed, joined, and the fields between them."""

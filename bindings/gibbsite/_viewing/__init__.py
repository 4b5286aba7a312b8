"""The page: a computed section explored in a browser, served from here or as one file."""

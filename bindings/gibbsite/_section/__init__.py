"""A section: axes, a rock along them and a database, from Python or TOML."""

"""Rocks that crystallise or melt along a line of pressure and temperature, step by step."""

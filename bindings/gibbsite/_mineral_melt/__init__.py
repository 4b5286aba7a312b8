"""Equations for one mineral and a melt, fitted to experiments, and liquid lines of descent."""

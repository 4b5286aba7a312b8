"""Studies: everything a publication computes, set beside what it found."""

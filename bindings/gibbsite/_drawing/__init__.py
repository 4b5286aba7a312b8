"""From a computed section to a picture: fields, lines, labels, isopleths, a page."""

"""What a question is made of: rocks, databases, names, and the ranges accepted."""

"""What can be asked of an answer by name, `PHASE.QUANTITY`: one grammar, with units."""

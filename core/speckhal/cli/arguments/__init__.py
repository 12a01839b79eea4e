"""What users type, from text to values, or to a sentence on what is wrong with it."""

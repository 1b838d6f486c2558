"""The figures of the paper as questions: variants of a method over a variable, measured by a sweep."""

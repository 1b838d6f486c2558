"""One picture: attack it and write a report, or compare several attacks on it under the same rules."""

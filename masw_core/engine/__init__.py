"""Running attacks: the loop with projection, stopping and fresh success, what it keeps, and background jobs."""

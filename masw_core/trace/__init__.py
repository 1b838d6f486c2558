"""Steps, which attacks produce, and the recorded trace of one sample, which everything else reads."""

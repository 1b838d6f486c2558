"""The cases of an attack, as people read them on every page."""

CASES = {
    "untargeted": "Untargeted",
    "best": "Best case",
    "random": "Random case",
    "worst": "Worst case",
}
CASE_HELP = (
    "Untargeted: every true label must leave the top k and fall below 0.5. Best, random and worst case: the top k "
    "must become exactly k target labels, the likeliest ones, random ones or the least likely ones."
)

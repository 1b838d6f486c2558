"""The cases of an attack, as people read them on every page."""

CASES = {
    "untargeted": "Untargeted",
    "best": "Best case",
    "random": "Random case",
    "worst": "Worst case",
}

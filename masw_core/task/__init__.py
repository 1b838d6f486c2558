"""What an attack is asked to do, and how well it did: goals, constraints, targets, measures, metrics, geometry."""

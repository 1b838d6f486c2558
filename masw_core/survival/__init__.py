"""What happens to an adversarial picture on its way (files, scaling, noise, another model), and what is left of it."""

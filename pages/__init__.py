"""The pages of the app: one flat script each, run by the router in ``app.py``."""

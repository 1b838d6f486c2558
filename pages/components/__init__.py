"""What pages are made of: the shell, session state, controls, panels and the player."""

"""What several pages are made of: the shell, links, controls, uploads, models, jobs and the step player."""

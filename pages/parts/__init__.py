"""The parts of single pages, a folder per page; what several pages share is in ``pages.shared``."""

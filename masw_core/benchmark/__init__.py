"""Attacks measured on data sets: methods, protocol, cells, sweeps here or on Ray, result tables and what they say."""

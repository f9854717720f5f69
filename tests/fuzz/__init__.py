"""Fuzz of admission: hostile bodies through the whole handler, and lint against admission on random objects."""

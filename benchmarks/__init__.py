"""Benchmarks of rendering: a seeded corpus, peers timed in the same process, figures as ratios.

Refuses to know absolute times of any machine, and how nbcore does what it does: it calls the front door.
"""

"""Whole outputs, compared with files that were read by a person once."""

"""Attacks, each by the number of the threat that it tries; docs/threats.md lists them all."""

"""Tests of how the code is arranged: who imports whom, how long modules are."""

"""Tests that ask Kubernetes' own code for the verdict instead of knowing it."""

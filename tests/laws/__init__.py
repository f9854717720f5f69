"""Property tests, each named after the law that it tests."""

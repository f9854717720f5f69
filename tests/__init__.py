"""The tests of nbcore; what belongs where is written in each folder's own `__init__`."""

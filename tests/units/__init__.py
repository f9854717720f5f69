"""One file a module, with expectations written by hand."""

"""The command line, asked in this process and as a program."""

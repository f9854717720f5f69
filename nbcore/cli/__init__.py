"""The command line: the one part of nbcore that reads files, prints and knows the terminal.

Refuses to know how anything is resolved, merged or checked: it asks the front door and prints the answer.
"""

"""``python -m nbcore``: the command line, for whoever has the package but not its script on the path.

Refuses to know anything but where the command line starts.
"""

from nbcore.cli.main import main

if __name__ == "__main__":
    main()

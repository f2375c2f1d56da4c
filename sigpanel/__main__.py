"""Lets `python -m sigpanel` do what the command `sigpanel` does."""

from sigpanel.cli import main

if __name__ == "__main__":
    main()

"""Pages for people to read, each one file that needs nothing else: no script, no font, no picture from anywhere."""

"""The commands that prove that nothing identifying is in what leaves."""

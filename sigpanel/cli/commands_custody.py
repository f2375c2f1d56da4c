"""The commands by which a person is taken out."""

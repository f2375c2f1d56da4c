"""The commands on extracts: what leaves under an approval, and for how long."""

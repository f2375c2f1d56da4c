"""Analysis-ready tables from a panel or an extract: who is followed for how long, and what happened to them."""

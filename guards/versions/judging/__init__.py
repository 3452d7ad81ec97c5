"""What the facts of a whole repository say against each other: a module for each pair of sources."""

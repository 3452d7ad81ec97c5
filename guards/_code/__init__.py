"""What several guards share about source text: spans per format, names and constants."""

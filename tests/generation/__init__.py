"""What is written from the code itself: pages, tables, schemas and hooks. `tests.generated` puts it into files."""

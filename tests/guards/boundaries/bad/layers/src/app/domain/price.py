"""from app.cli import nothing: this is only text."""
import app.services as services

"""One trial, or several, as a page and as JSON."""

"""Takes carriers' feeds in, in their own formats, and says what they mean."""

"""Feed formats that a YAML file describes, so that a carrier is added without code."""

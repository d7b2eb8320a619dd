"""Photos, labels and evidence: cleaned, kept behind one port, shown to their own shop."""

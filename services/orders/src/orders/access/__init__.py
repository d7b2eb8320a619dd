"""Who may come in: keys of programs, users and their sessions, and the wall between shops."""

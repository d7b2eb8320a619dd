"""First drafts of mapping files, made by looking at samples."""

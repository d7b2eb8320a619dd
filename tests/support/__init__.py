"""What tests of every tier share: real servers, services run in-process, and waiting for a condition."""

"""Feed formats: pure functions from the bytes of a push to scan records. `registry` names them all."""

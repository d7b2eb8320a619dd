-- Records of parcels whose buyer is erased, until what they came in is blank. Their scans stand in the books.
CREATE TABLE erasures (
    scan_id uuid PRIMARY KEY,
    account text NOT NULL,
    received_at timestamptz NOT NULL
);

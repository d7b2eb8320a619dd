-- A package may hold the parcels of several orders: each has a binding to its number, and says whose package it is in.
ALTER TABLE bindings ADD COLUMN shared_with uuid REFERENCES orders;

ALTER TABLE claimed_numbers DROP CONSTRAINT claimed_numbers_pkey, ADD PRIMARY KEY (tracking_number, order_id);

-- Records of such a package that are evidence of further parcels, beside the one that `scans` names.
CREATE TABLE scan_shares (
    scan_id uuid NOT NULL REFERENCES scans,
    order_id uuid NOT NULL REFERENCES orders,
    parcel int NOT NULL,
    PRIMARY KEY (scan_id, order_id, parcel)
);
CREATE INDEX scan_shares_of_order ON scan_shares (order_id);
SELECT wall_off_by_order('scan_shares');

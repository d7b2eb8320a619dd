-- An order has a deadline for each thing that waits for the seller's answer (D12): those share a kind and parcel 0.
-- All zeros where a deadline is of no such thing.
ALTER TABLE deadlines ADD COLUMN ask uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE deadlines DROP CONSTRAINT deadlines_pkey, ADD PRIMARY KEY (order_id, parcel, kind, ask);

ALTER TABLE proposed ADD COLUMN ask uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE proposed DROP CONSTRAINT proposed_pkey, ADD PRIMARY KEY (order_id, parcel, kind, ask, epoch);

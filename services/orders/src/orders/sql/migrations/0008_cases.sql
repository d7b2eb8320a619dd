-- What is asked for, sent back, complained of, and whose fault it was: a row a case, with what only such a case has.
CREATE TABLE cases (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    what text NOT NULL CHECK (what IN ('request', 'return', 'complaint', 'fault')),
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY -- In the order in which they came, at one instant too.
);
CREATE INDEX cases_of_order ON cases (order_id);
CREATE INDEX complaints_by_state ON cases (state, opened_at DESC, id DESC) WHERE what = 'complaint';
SELECT wall_off_by_order('cases');

ALTER TABLE orders
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN last_number int NOT NULL DEFAULT 0; -- The highest one that a parcel had which is no more.

-- A return travels in a parcel of its own; it shares the parcels' numbers.
ALTER TABLE parcels
    ADD COLUMN leg text NOT NULL DEFAULT 'outbound' CHECK (leg IN ('outbound', 'return')),
    ADD COLUMN step text NOT NULL DEFAULT 'unlabelled'
        CHECK (step IN ('unlabelled', 'labelled', 'booked', 'handed_over'));

-- That a parcel was handed over is evidence like any other.
UPDATE parcels SET
    step = 'handed_over',
    marks = marks || jsonb_build_array(jsonb_build_object('mark', 'handed_over', 'at', handed_over_at)),
    state = state || jsonb_build_object('handed_over_at', handed_over_at)
WHERE handed_over_at IS NOT NULL;
ALTER TABLE parcels DROP COLUMN handed_over_at;

-- A refund may be about some of what was in a parcel; its id is made from its cause, parcels and return.
ALTER TABLE refunds
    ADD COLUMN lines jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN asked_at timestamptz,
    DROP CONSTRAINT refunds_order_id_cause_parcels_key;

-- How the order stood after a step, so that it can be shown as it was; on the last step of each change.
ALTER TABLE history ADD COLUMN stood jsonb;

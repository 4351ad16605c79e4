-- caught notice: the log grows
ALTER TABLE orders REPLICA IDENTITY FULL;
-- caught needs-approval: updates fail where it is published
ALTER TABLE orders REPLICA IDENTITY NOTHING;
-- quiet: by an index
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_code_key;
-- quiet: by the primary key, as it is by default
ALTER TABLE orders REPLICA IDENTITY DEFAULT;
-- quiet: made here
CREATE TABLE parcels (line text); ALTER TABLE parcels REPLICA IDENTITY FULL;

-- caught needs-approval: json
ALTER TABLE orders ADD COLUMN extra json;
-- quiet: jsonb
ALTER TABLE orders ADD COLUMN extra jsonb;
-- quiet: in a table made here
CREATE TABLE parcels (id int); ALTER TABLE parcels ADD COLUMN extra json;

-- caught needs-approval: without CONCURRENTLY
DROP INDEX orders_placed_idx;
-- caught needs-approval: an unknown one
DROP INDEX IF EXISTS some_idx;
-- quiet: CONCURRENTLY
DROP INDEX CONCURRENTLY orders_placed_idx;
-- quiet: of a table made here
CREATE TABLE parcels (id int); CREATE INDEX parcels_idx ON parcels (id); DROP INDEX parcels_idx;

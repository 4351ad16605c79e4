-- caught needs-approval: CLUSTER
CLUSTER orders USING orders_placed_idx;
-- caught needs-approval: VACUUM FULL
VACUUM FULL orders;
-- caught needs-approval: VACUUM (FULL) of everything
VACUUM (FULL);
-- caught needs-approval: SET UNLOGGED
ALTER TABLE orders SET UNLOGGED;
-- quiet: a plain VACUUM
VACUUM orders;
-- quiet: storage parameters
ALTER TABLE orders SET (fillfactor = 70);
-- quiet: ANALYZE
ANALYZE orders;
-- caught needs-approval: an index is copied too
ALTER INDEX orders_placed_idx SET TABLESPACE fast;

-- caught needs-approval: a table
REINDEX TABLE orders;
-- caught needs-approval: an index
REINDEX INDEX orders_placed_idx;
-- caught needs-approval: a database
REINDEX DATABASE shop;
-- quiet: CONCURRENTLY
REINDEX TABLE CONCURRENTLY orders;
-- quiet: the option's other spelling
REINDEX (CONCURRENTLY) INDEX orders_placed_idx;

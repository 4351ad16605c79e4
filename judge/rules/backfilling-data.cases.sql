-- caught needs-approval: every row
UPDATE orders SET memo = '';
-- caught needs-approval: as many as match
UPDATE orders SET memo = '' WHERE memo IS NULL;
-- caught needs-approval: DELETE without bound
DELETE FROM audit;
-- caught needs-approval: a copy of a table
INSERT INTO audit (id) SELECT id FROM orders;
-- caught notice: chosen rows
UPDATE orders SET memo = '' WHERE id IN (1, 2, 3);
-- caught notice: a batch
DELETE FROM audit WHERE id > 10 AND id <= 1000;
-- quiet: a few rows
INSERT INTO customers (email) VALUES ('a@example.org'), ('b@example.org');
-- quiet: a table made here
CREATE TABLE parcels (id int); UPDATE parcels SET id = 1;
-- caught needs-approval: it writes, whatever the statement is called
WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone;
-- caught needs-approval: the same in front of another that is harmless
WITH done AS (UPDATE orders SET memo = '' RETURNING id) INSERT INTO audit (id) SELECT 1;
-- quiet: one that only reads
WITH few AS (SELECT id FROM orders) SELECT count(*) FROM few;
-- caught needs-approval: it is not only explained
EXPLAIN (ANALYZE, COSTS off) DELETE FROM orders;
-- quiet: it is only explained
EXPLAIN (ANALYZE off) DELETE FROM orders;

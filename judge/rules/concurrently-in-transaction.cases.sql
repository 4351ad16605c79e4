-- caught blocked: inside BEGIN
BEGIN; CREATE INDEX CONCURRENTLY i ON orders (memo); COMMIT;
-- caught blocked: not alone, before 7.4
-- prisma: 7.3.0
SET lock_timeout = '1s'; CREATE INDEX CONCURRENTLY i ON orders (memo);
-- caught notice: not alone, from 7.4 on
-- prisma: 7.4.0
CREATE INDEX CONCURRENTLY i ON orders (memo); CREATE INDEX CONCURRENTLY j ON orders (total);
-- caught blocked: VACUUM is the same
-- prisma: 6.0.0
VACUUM orders; SELECT 1;
-- quiet: alone
-- prisma: 6.0.0
CREATE INDEX CONCURRENTLY i ON orders (memo);
-- quiet: a materialized view may
BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY totals; COMMIT;

-- caught needs-approval: its readers wait
REFRESH MATERIALIZED VIEW totals;
-- caught notice: filled inside the migration
CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM orders;
-- quiet: CONCURRENTLY
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
-- quiet: without data
CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM orders WITH NO DATA;
-- caught needs-approval: its readers fail until it is filled
REFRESH MATERIALIZED VIEW totals WITH NO DATA;

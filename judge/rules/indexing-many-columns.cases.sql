-- caught notice: four columns
CREATE INDEX CONCURRENTLY orders_search ON orders (customer_id, status, placed, currency);
-- quiet: three
CREATE INDEX CONCURRENTLY orders_search ON orders (customer_id, status, placed);
-- quiet: a unique one has the columns that it must have
CREATE UNIQUE INDEX CONCURRENTLY orders_once ON orders (customer_id, status, placed, currency);
-- quiet: what is only carried along is not searched
CREATE INDEX CONCURRENTLY orders_search ON orders (customer_id) INCLUDE (status, placed, currency);
-- quiet: a new table
CREATE TABLE parcels (a int, b int, c int, d int); CREATE INDEX parcels_i ON parcels (a, b, c, d);

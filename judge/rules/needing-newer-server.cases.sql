-- caught blocked: 18 only
-- server: 17
ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT ENFORCED;
-- caught blocked: 15 and later
-- server: 14
CREATE UNIQUE INDEX CONCURRENTLY u ON orders (memo) NULLS NOT DISTINCT;
-- quiet: new enough
-- server: 15
CREATE UNIQUE INDEX CONCURRENTLY u ON orders (memo) NULLS NOT DISTINCT;

-- caught notice: an INVALID one would be skipped over
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (memo);
-- quiet: it fails loudly
CREATE INDEX CONCURRENTLY i ON orders (memo);

-- caught needs-approval: switched off
SET lock_timeout = 0; ALTER TABLE orders ADD COLUMN x int;
-- caught notice: very long
SET lock_timeout = '5min'; ALTER TABLE orders ADD COLUMN x int;
-- quiet: short
SET lock_timeout = '1s'; ALTER TABLE orders ADD COLUMN x int;
-- quiet: none, for the connection has one
ALTER TABLE orders ADD COLUMN x int;

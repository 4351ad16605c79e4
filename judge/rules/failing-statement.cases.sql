-- caught blocked: no such column
-- rehearse
ALTER TABLE orders DROP COLUMN nothing;
-- caught blocked: no such table, and the history is whole
-- rehearse
ALTER TABLE nothing ADD COLUMN x int;
-- caught blocked: a type that cannot be converted
-- rehearse
ALTER TABLE orders ALTER COLUMN memo TYPE int;
-- quiet: it runs
-- rehearse
ALTER TABLE orders ADD COLUMN x int;

-- caught notice: a NULL
-- rehearse
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
-- caught notice: a duplicate
-- rehearse
CREATE UNIQUE INDEX u ON customers (name);
-- caught needs-approval: a value that is no number
-- rehearse
ALTER TABLE customers ALTER COLUMN note TYPE int USING note::int;
-- quiet: every row has one
-- rehearse
ALTER TABLE orders ALTER COLUMN code SET NOT NULL;

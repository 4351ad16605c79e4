-- caught needs-approval: SQL out of text
DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders'; END $$;
-- caught needs-approval: a loop
DO $$ BEGIN FOR i IN 1..10 LOOP DELETE FROM audit WHERE id = i; END LOOP; END $$;
-- caught needs-approval: statements that matter
DO $$ BEGIN ALTER TABLE orders DROP COLUMN memo; END $$;
-- caught needs-approval: a function of one's own
SELECT rebuild_everything();
-- caught needs-approval: a procedure
CALL tidy();
-- caught notice: a type that may be there already
DO $$ BEGIN CREATE TYPE "Colour" AS ENUM ('RED'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- quiet: PostgreSQL's own
SELECT setval('numbers', 100);
-- quiet: plain reading
SELECT count(*) FROM customers;

-- caught needs-approval: a view goes with its column
ALTER TABLE orders DROP COLUMN total CASCADE;
-- caught needs-approval: foreign keys go with their table
DROP TABLE customers CASCADE;
-- caught notice: nothing is known
-- empty
DROP TABLE elsewhere CASCADE;
-- quiet: nothing depends on it
DROP TABLE audit CASCADE;
-- quiet: no CASCADE
DROP TABLE audit;

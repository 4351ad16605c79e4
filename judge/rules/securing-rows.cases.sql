-- caught notice: switched on
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- caught needs-approval: for the owner too
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
-- caught needs-approval: switched off
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
-- caught needs-approval: a policy where it is on
-- given: ALTER TABLE orders ENABLE ROW LEVEL SECURITY
CREATE POLICY p ON orders USING (true);
-- quiet: on a table made here
CREATE TABLE parcels (id int); ALTER TABLE parcels ENABLE ROW LEVEL SECURITY;
-- caught needs-approval: what only that policy let through is gone
-- given: ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON orders USING (true);
DROP POLICY own ON orders;
-- caught notice: row security is off, as far as is known
DROP POLICY own ON orders;
-- quiet: another kind of thing on the table
DROP TRIGGER stamp ON orders;

-- caught needs-approval: a right is taken away
REVOKE SELECT ON orders FROM app;
-- caught notice: a right is given
GRANT SELECT ON orders TO app;
-- caught notice: another owner
ALTER TABLE orders OWNER TO app;
-- caught needs-approval: a role goes
DROP ROLE app;
-- quiet: the owner of a new table
CREATE TABLE parcels (id int); ALTER TABLE parcels OWNER TO app;

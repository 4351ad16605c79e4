-- caught notice: it fires for both releases
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- caught needs-approval: switched off
ALTER TABLE orders DISABLE TRIGGER ALL;
-- caught needs-approval: a rule
CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING;
-- quiet: on a table made here
CREATE TABLE parcels (id int); CREATE TRIGGER t BEFORE UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- caught notice: what it did is not done any more
-- given: CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
DROP TRIGGER t ON orders;

-- caught needs-approval: nothing is known of the release that runs now
DROP VIEW open_orders;
-- caught notice: it does not read it
-- old: model orders { id Int @id }
DROP VIEW open_orders;
-- caught notice: dropped and made again
DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders;
-- caught blocked: the release that runs now reads it
-- old: view open_orders { id Int @unique }
DROP VIEW open_orders;
-- caught needs-approval: made again, but the release that runs now reads it
-- old: view open_orders { id Int @unique }
DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders;
-- quiet: made here
CREATE VIEW v AS SELECT id FROM orders; DROP VIEW v;

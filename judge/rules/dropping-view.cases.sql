-- caught notice: a view holds no data
DROP VIEW open_orders;
-- caught blocked: the release that runs now reads it
-- old: view open_orders { id Int @unique }
DROP VIEW open_orders;
-- caught needs-approval: dropped and made again
-- old: view open_orders { id Int @unique }
DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders;
-- quiet: made here
CREATE VIEW v AS SELECT id FROM orders; DROP VIEW v;

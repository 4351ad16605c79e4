-- caught needs-approval: nothing is known of the release that runs now
ALTER TABLE orders RENAME TO purchases;
-- caught blocked: the release that runs now reads it
-- old: model orders { id Int @id }
ALTER TABLE orders RENAME TO purchases;
-- caught notice: a view of the old name is left in the same transaction
BEGIN; ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases; COMMIT;
-- caught needs-approval: the view comes later
-- prisma: 7.10.1
ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases;
-- quiet: an index
ALTER INDEX orders_placed_idx RENAME TO orders_placed;
-- quiet: a constraint
ALTER TABLE orders RENAME CONSTRAINT orders_code_key TO code_key;

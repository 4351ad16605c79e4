-- caught needs-approval: some of the shop's tables have no key
CREATE PUBLICATION everything FOR ALL TABLES;
-- caught needs-approval: by name
CREATE PUBLICATION lines FOR TABLE orders, audit;
-- caught needs-approval: as Prisma made many-to-many relations before 6
-- given: CREATE TABLE "_OrderToTag" ("A" int NOT NULL, "B" int NOT NULL); CREATE UNIQUE INDEX "_OrderToTag_AB_unique" ON "_OrderToTag" ("A", "B");
CREATE PUBLICATION tags FOR TABLE "_OrderToTag";
-- quiet: it has a key
CREATE PUBLICATION lines FOR TABLE orders;
-- quiet: it was given an identity
ALTER TABLE audit REPLICA IDENTITY FULL; CREATE PUBLICATION lines FOR TABLE audit;
-- quiet: only what is inserted
CREATE PUBLICATION lines FOR TABLE audit WITH (publish = 'insert');
-- caught notice: nothing is known of any table
-- empty
CREATE PUBLICATION everything FOR ALL TABLES;
-- quiet: of a table that nothing is known of
-- empty
CREATE PUBLICATION lines FOR TABLE parcels;

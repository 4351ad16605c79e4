-- caught blocked: no default
ALTER TABLE orders ADD COLUMN weight int NOT NULL;
-- caught blocked: a table of which nothing is known
ALTER TABLE elsewhere ADD COLUMN weight int NOT NULL;
-- caught blocked: a default of NULL is none
ALTER TABLE orders ADD COLUMN weight int NOT NULL DEFAULT NULL;
-- quiet: with a default
ALTER TABLE orders ADD COLUMN weight int NOT NULL DEFAULT 0;
-- quiet: nullable
ALTER TABLE orders ADD COLUMN weight int;
-- quiet: identity fills it
ALTER TABLE orders ADD COLUMN number int GENERATED ALWAYS AS IDENTITY;
-- quiet: the table is made here
CREATE TABLE parcels (id int PRIMARY KEY); ALTER TABLE parcels ADD COLUMN weight int NOT NULL;

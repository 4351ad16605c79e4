-- caught blocked: a table
TRUNCATE audit;
-- caught blocked: and what references it
TRUNCATE TABLE customers CASCADE;
-- quiet: made here
CREATE TABLE parcels (id int); TRUNCATE parcels;

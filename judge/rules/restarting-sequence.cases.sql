-- caught notice: the first numbers are taken
ALTER SEQUENCE numbers RESTART WITH 1;
-- caught notice: to where it began
ALTER SEQUENCE numbers RESTART;
-- quiet: by how much it grows is another matter
ALTER SEQUENCE numbers INCREMENT BY 10;
-- quiet: made here
CREATE SEQUENCE later; ALTER SEQUENCE later RESTART WITH 1000;

-- caught needs-approval: with its columns
DROP TYPE "OrderStatus" CASCADE;
-- caught needs-approval: nothing is known of the release that runs now
DROP TYPE "OrderStatus";
-- caught notice: no release casts to it
-- old: model orders { id Int @id }
DROP TYPE "OrderStatus";
-- caught needs-approval: the release that runs now casts to it
-- old: enum OrderStatus { OPEN ; PAID } model orders { id Int @id ; status OrderStatus }
DROP TYPE "OrderStatus";
-- quiet: a table
DROP TABLE audit;
-- caught needs-approval: an attribute goes, with its values
-- given: CREATE TYPE place AS (street text, town text);
ALTER TYPE place DROP ATTRIBUTE street;
-- quiet: one is added
-- given: CREATE TYPE place AS (street text, town text);
ALTER TYPE place ADD ATTRIBUTE country text;
-- caught notice: PostgreSQL changes no column that has it
ALTER TYPE pair ALTER ATTRIBUTE "left" TYPE bigint;
-- quiet: one more attribute
ALTER TYPE pair ADD ATTRIBUTE "middle" int;
-- caught needs-approval: code reads it by its name
ALTER TYPE pair RENAME ATTRIBUTE "left" TO "first";

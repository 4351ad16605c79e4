-- caught notice: a column
ALTER TABLE audit ADD COLUMN the_name_of_a_column_that_somebody_generated_from_the_names_of_three_tables int;
-- caught notice: a quoted one, as Prisma writes them
CREATE INDEX CONCURRENTLY "CustomerShippingAddressPreference_customerShippingAddressId_createdAt_idx" ON audit (id);
-- caught notice: bytes, not letters
ALTER TABLE audit ADD COLUMN "ääääääääääääääääääääääääääääääää" int;
-- quiet: sixty-three letters
ALTER TABLE audit ADD COLUMN "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" int;
-- quiet: a long string is no name, nor is a long word in a comment or a function's body
COMMENT ON TABLE audit IS 'Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'; /* abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz */

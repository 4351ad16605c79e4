-- caught needs-approval: an index
CREATE INDEX orders_memo_idx ON orders (memo);
-- caught needs-approval: a unique one, as Prisma writes it
CREATE UNIQUE INDEX "customers_name_key" ON "customers"("name");
-- caught needs-approval: IF NOT EXISTS is no help
CREATE INDEX IF NOT EXISTS orders_memo_idx ON orders USING btree (memo);
-- caught needs-approval: on a materialized view
CREATE INDEX totals_idx ON totals (customer_id);
-- quiet: CONCURRENTLY
CREATE INDEX CONCURRENTLY orders_memo_idx ON orders (memo);
-- quiet: the table is made here
CREATE TABLE parcels (id int); CREATE INDEX parcels_idx ON parcels (id);
-- quiet: in an earlier pending statement of a later table
CREATE TABLE "Parcel" ("id" INTEGER NOT NULL, CONSTRAINT "Parcel_pkey" PRIMARY KEY ("id")); CREATE UNIQUE INDEX "Parcel_id_key" ON "Parcel"("id");
-- quiet: of a materialized view that the same migrations make, whatever it selects
CREATE MATERIALIZED VIEW per_day AS SELECT placed::date AS day, count(*) FROM orders GROUP BY 1; CREATE UNIQUE INDEX per_day_key ON per_day (day);

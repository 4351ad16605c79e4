-- caught needs-approval: the index is built under ACCESS EXCLUSIVE
ALTER TABLE orders ADD CONSTRAINT memo_unique UNIQUE (memo);
-- caught needs-approval: a primary key
ALTER TABLE audit ADD PRIMARY KEY (id);
-- caught needs-approval: USING INDEX, but the column is nullable
-- given: CREATE UNIQUE INDEX audit_id ON audit (id)
ALTER TABLE audit ADD CONSTRAINT audit_pkey PRIMARY KEY USING INDEX audit_id;
-- quiet: USING INDEX
-- given: CREATE UNIQUE INDEX orders_memo ON orders (memo)
ALTER TABLE orders ADD CONSTRAINT memo_unique UNIQUE USING INDEX orders_memo;
-- quiet: the table is made here
CREATE TABLE parcels (id int NOT NULL); ALTER TABLE parcels ADD PRIMARY KEY (id);
-- caught notice: USING INDEX of which nothing is known
-- empty
ALTER TABLE parcels ADD CONSTRAINT parcels_pkey PRIMARY KEY USING INDEX parcels_id;

-- caught needs-approval: a table
ALTER TABLE orders SET SCHEMA sales;
-- caught needs-approval: the schema itself
ALTER SCHEMA sales RENAME TO trade;
-- quiet: a new schema
CREATE SCHEMA fresh; ALTER SCHEMA fresh RENAME TO trade; CREATE TABLE trade.x (id int);

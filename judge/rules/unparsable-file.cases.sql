-- caught blocked: a syntax error
ALTER TABLE orders ADD COLUM x int;
-- caught blocked: a command of psql
\d orders
-- quiet: plain SQL
SELECT 1;

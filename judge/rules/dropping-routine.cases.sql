-- caught notice: a raw query may call it
DROP FUNCTION total_of(int);
-- caught notice: a procedure as well
DROP PROCEDURE IF EXISTS nightly();
-- caught notice: or a sequence that nextval names
DROP SEQUENCE numbers;
-- quiet: dropped and made again, as its result type is changed
DROP FUNCTION total_of(int); CREATE FUNCTION total_of(int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
-- quiet: made here
CREATE SEQUENCE later; DROP SEQUENCE later;
-- quiet: a view is another rule's
DROP VIEW open_orders;
-- caught notice: another name is as good as none
ALTER FUNCTION total_of(int) RENAME TO sum_of;
-- caught notice: queries may sort by it
DROP COLLATION german;
-- quiet: nobody calls a constraint by its name
ALTER TABLE orders RENAME CONSTRAINT memo_set TO memo_is_set;

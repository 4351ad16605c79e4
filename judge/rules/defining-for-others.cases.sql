-- caught notice: the caller says where names are
CREATE FUNCTION total_of(int) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM orders';
-- quiet: it says so itself
CREATE FUNCTION total_of(int) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT count(*) FROM orders';
-- quiet: with the caller's rights
CREATE FUNCTION total_of(int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';

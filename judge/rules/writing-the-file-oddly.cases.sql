-- caught notice: nothing in it
;
-- quiet: a statement
SELECT 1;

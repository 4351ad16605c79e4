-- caught needs-approval: nobody reads or writes
LOCK TABLE orders;
-- caught needs-approval: nobody writes
LOCK TABLE orders IN SHARE MODE;
-- quiet: weak
LOCK TABLE orders IN ACCESS SHARE MODE;

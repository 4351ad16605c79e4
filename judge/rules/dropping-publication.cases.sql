-- caught needs-approval: a publication
-- given: CREATE PUBLICATION warehouse FOR TABLE orders;
DROP PUBLICATION warehouse;
-- caught needs-approval: a table leaves it
-- given: CREATE PUBLICATION warehouse FOR TABLE orders, customers;
ALTER PUBLICATION warehouse DROP TABLE orders;
-- caught needs-approval: a subscription
DROP SUBSCRIPTION elsewhere;
-- quiet: a new one
CREATE PUBLICATION warehouse FOR TABLE orders;
-- caught needs-approval: rows begin to come from elsewhere
CREATE SUBSCRIPTION mirror CONNECTION 'host=elsewhere' PUBLICATION everything;

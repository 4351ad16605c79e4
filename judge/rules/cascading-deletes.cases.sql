-- caught notice: the column has no index
ALTER TABLE audit ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (id) ON DELETE CASCADE NOT VALID;
-- quiet: it has one
ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (id) ON DELETE CASCADE NOT VALID;
-- quiet: no cascade
ALTER TABLE audit ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (id) NOT VALID;

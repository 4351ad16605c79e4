-- caught needs-approval: the table is read
ALTER TABLE events ATTACH PARTITION events_loose FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- caught notice: a validated check may prove the bounds
-- given: ALTER TABLE events_loose ADD CONSTRAINT bounds CHECK (day >= '2026-01-01' AND day < '2027-01-01')
ALTER TABLE events ATTACH PARTITION events_loose FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- caught notice: a new one
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- caught needs-approval: beside a default partition
-- given: CREATE TABLE events_rest PARTITION OF events DEFAULT
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- quiet: made here and attached
CREATE TABLE events_2026 (LIKE events); ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

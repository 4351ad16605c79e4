-- caught notice: an extension that the rehearsal lacks
-- rehearse
CREATE EXTENSION postgis;
-- caught notice: a role
-- rehearse
GRANT SELECT ON orders TO app;
-- quiet: it was
-- rehearse
CREATE EXTENSION citext;

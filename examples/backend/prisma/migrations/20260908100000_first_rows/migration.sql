-- The first people and their documents, taken over from the archive.
INSERT INTO "users" ("email", "name") VALUES
    ('ada@example.com', 'Ada Lovelace'),
    ('grace@example.com', 'Grace Hopper'),
    ('edsger@example.com', 'Edsger Dijkstra');

INSERT INTO "documents" ("title", "body", "legacyId", "ownerId")
SELECT row."title", row."body", row."legacyId", "users"."id"
FROM (VALUES
    ('Notes on the Analytical Engine', 'It weaves algebraical patterns.', 'A-0001', 'ada@example.com'),
    ('The education of a computer', 'A compiler takes over the tedious part.', 'A-0002', 'grace@example.com'),
    ('The first bug', 'Found in relay 70, panel F.', NULL, 'grace@example.com'),
    ('On structure', 'Simplicity is a prerequisite for reliability.', 'A-0003', 'edsger@example.com')
) AS row("title", "body", "legacyId", "email")
JOIN "users" ON "users"."email" = row."email";

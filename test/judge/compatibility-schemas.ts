// The models that the 54 changes were measured with, and each change's new schema.prisma.
export const oldSchema = `
datasource db {
  provider = "postgresql"
}
enum E {
  A
  B
}
model P {
  id Int @id @default(autoincrement())
  ts T[]
}
model T {
  id   Int      @id @default(autoincrement())
  req  Int
  opt  Int?
  str  String
  slug String   @unique
  vc   String?  @db.VarChar(10)
  stat String   @default("x")
  now  DateTime @default(now())
  e    E        @default(A)
  eo   E?
  big  BigInt?
  dec  Decimal? @db.Decimal(10, 2)
  js   Json?
  ts   DateTime?
  tags String[]
  pid  Int?
  p    P?       @relation(fields: [pid], references: [id])
}
`;

export const oldSql = `
CREATE TYPE "E" AS ENUM ('A', 'B');
CREATE TABLE "P" ("id" SERIAL NOT NULL, CONSTRAINT "P_pkey" PRIMARY KEY ("id"));
CREATE TABLE "U" ("id" INTEGER NOT NULL, CONSTRAINT "U_pkey" PRIMARY KEY ("id"));
CREATE TABLE "T" ("id" SERIAL NOT NULL, "req" INTEGER NOT NULL, "opt" INTEGER, "str" TEXT NOT NULL, "slug" TEXT NOT NULL, "vc" VARCHAR(10), "stat" TEXT NOT NULL DEFAULT 'x',
  "now" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "e" "E" NOT NULL DEFAULT 'A', "eo" "E", "big" BIGINT, "dec" DECIMAL(10,2), "js" JSONB, "ts" TIMESTAMP(3), "tags" TEXT[], "pid" INTEGER, CONSTRAINT "T_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "T_slug_key" ON "T"("slug");
ALTER TABLE "T" ADD CONSTRAINT "T_pid_fkey" FOREIGN KEY ("pid") REFERENCES "P"("id") ON DELETE SET NULL ON UPDATE CASCADE;
`;

type Edit = (schema: string) => string;
const swap =
  (from: string | RegExp, to: string): Edit =>
  (schema) => {
    const edited = schema.replace(from, to);
    if (edited === schema) throw new Error(`${from} is not in the schema`);
    return edited;
  };
const add = (line: string): Edit => swap('  pid  Int?', `  ${line}\n  pid  Int?`);
const same: Edit = (schema) => schema;
const model =
  (name: string): Edit =>
  (schema) =>
    schema.replaceAll('model T ', `model T `).replace(/(references: \[id\]\)\n)/, `$1  @@map("${name}")\n`);

export const edits: Record<string, Edit> = {
  noop: same,
  'add-column-nullable': add('x Int?'),
  'add-column-notnull-default': add('x Int @default(5)'),
  'add-column-notnull-nodefault': add('x Int'),
  'add-column-updatedAt-nodefault': add('x DateTime @updatedAt'),
  'add-column-uuid-prisma-default': add('x String @default(uuid())'),
  'drop-column-nullable': swap('  opt  Int?\n', ''),
  'drop-column-required': swap('  req  Int\n', ''),
  'rename-column': swap('  str  String\n', '  str2 String\n'),
  'rename-field-with-map': swap('  str  String\n', '  text String @map("str")\n'),
  'rename-table': model('T2'),
  'rename-table+compat-view': model('T2'),
  'drop-table-T': (schema) => schema.replace(/model T \{[\s\S]*\n\}\n/, '').replace('  ts T[]\n', ''),
  'drop-other-table-U': same,
  'add-table': (schema) => `${schema}\nmodel N {\n  id Int @id\n}\n`,
  'set-not-null': swap('  opt  Int?\n', '  opt  Int\n'),
  'drop-not-null': swap('  req  Int\n', '  req  Int?\n'),
  'type-int-to-bigint': swap('  req  Int\n', '  req  BigInt\n'),
  'type-int-to-bigint-over-int4': swap('  req  Int\n', '  req  BigInt\n'),
  'type-int-to-text': swap('  req  Int\n', '  req  String\n'),
  'type-text-to-int': swap('  str  String\n', '  str  Int\n'),
  'type-text-to-uuid': swap('  str  String\n', '  str  String @db.Uuid\n'),
  'varchar-widen': swap('VarChar(10)', 'VarChar(50)'),
  'varchar-narrow': swap('VarChar(10)', 'VarChar(3)'),
  'enum-to-text': swap('  e    E        @default(A)', '  e    String   @default("A")'),
  'text-to-enum': swap('  stat String   @default("x")', '  stat E        @default(A)'),
  'enum-add-value': swap('  B\n}', '  B\n  C\n}'),
  'enum-drop-value': swap('  B\n}', '}'),
  'enum-rename-value': swap('  B\n}', '  BB\n}'),
  'enum-rename-type': swap('  B\n}', '  B\n  @@map("E2")\n}'),
  'add-unique': swap('  str  String\n', '  str  String @unique\n'),
  'drop-unique': swap('  slug String   @unique\n', '  slug String\n'),
  'add-index': same,
  'add-check': same,
  'add-fk': same,
  'drop-fk': same,
  'fk-setnull-to-restrict': same,
  'change-default-static': swap('@default("x")', '@default("y")'),
  'drop-default-static': swap('String   @default("x")', 'String'),
  'drop-default-now': swap('DateTime @default(now())', 'DateTime'),
  'drop-default-enum': swap('E        @default(A)', 'E'),
  'drop-default-autoincrement': swap('  id   Int      @id @default(autoincrement())', '  id   Int      @id'),
  'serial-to-identity-always': same,
  'column-to-generated': same,
  'timestamp-to-timestamptz': swap('  ts   DateTime?', '  ts   DateTime? @db.Timestamptz(3)'),
  'decimal-scale-up': swap('Decimal(10, 2)', 'Decimal(14, 4)'),
  'decimal-to-float': swap('Decimal? @db.Decimal(10, 2)', 'Float?'),
  'jsonb-to-text': swap('  js   Json?', '  js   String?'),
  'bigint-to-int': swap('  big  BigInt?', '  big  Int?'),
  'scalar-to-list': swap('String?  @db.VarChar(10)', 'String[] @db.VarChar(10)'),
  'list-to-scalar': swap('  tags String[]', '  tags String?'),
  'drop-pk': same,
  'set-schema': (schema) => schema,
  'rls-enable': same,
};

import { statementRule } from './rule.ts';

/** NAMEDATALEN − 1, in bytes; servers that were compiled with another limit are rare. */
const longest = 63;

/** What PostgreSQL's lexer takes whole: comments and strings first, so that what only looks like a name in them is passed over. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|[eE]?'(?:[^'\\]|\\.|'')*'|"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

export default statementRule({
  id: 'naming-too-long',
  finds: 'A name of more than 63 bytes.',
  why: 'PostgreSQL cuts it off without an error. schema.prisma then knows the object by another name than the database, and two names that differ only behind the cut are the same one (42P07).',
  instead: 'A shorter name; in schema.prisma `map: "…"` gives an index or a constraint one.',
  style: true,
  judgeStatement: ({ statement }) => {
    const seen = new Set<string>();
    for (const [, , quoted, bare] of statement.text.matchAll(token)) {
      const name = quoted?.replaceAll('""', '"') ?? bare;
      if (name !== undefined && Buffer.byteLength(name) > longest) seen.add(name);
    }
    return [...seen].map((name) => ({
      severity: 'notice',
      why: `"${name}" has ${Buffer.byteLength(name)} bytes: PostgreSQL knows it as "${cut(name)}".`,
    }));
  },
});

/** As the server does it: never in the middle of a character. */
function cut(name: string): string {
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > longest) break;
    kept += character;
  }
  return kept;
}

// The text of schema.prisma: blocks, fields, attributes. No meaning is given to them here.

export type Argument = { name: string | undefined; value: string };
export type Attribute = { name: string; arguments: Argument[] };
export type FieldText = {
  name: string;
  type: string;
  list: boolean;
  optional: boolean;
  attributes: Attribute[];
};
export type Block = {
  keyword: string;
  name: string;
  fields: FieldText[];
  attributes: Attribute[];
  settings: Record<string, string>;
};

const opening = /(^|\n)[ \t]*(model|enum|type|view|datasource|generator)[ \t]+(\w+)[ \t]*\{/g;

export function blocks(content: string, path: string, problems: string[]): Block[] {
  const clean = withoutComments(content);
  const found: Block[] = [];
  opening.lastIndex = 0;
  for (let match = opening.exec(clean); match; match = opening.exec(clean)) {
    const start = match.index + match[0].length;
    const end = closing(clean, start);
    if (end === -1) {
      problems.push(`${path}: ${match[2]} ${match[3]} is not closed`);
      break;
    }
    found.push(block(match[2] as string, match[3] as string, clean.slice(start, end), path, problems));
    opening.lastIndex = end;
  }
  return found;
}

function block(keyword: string, name: string, body: string, path: string, problems: string[]): Block {
  const result: Block = { keyword, name, fields: [], attributes: [], settings: {} };
  for (const line of logicalLines(body)) {
    if (keyword === 'datasource' || keyword === 'generator') {
      const setting = /^(\w+)\s*=\s*(.*)$/s.exec(line);
      if (setting) result.settings[setting[1] as string] = (setting[2] as string).trim();
    } else if (line.startsWith('@@')) result.attributes.push(...attributes(line));
    else if (keyword === 'enum') {
      const value = /^(\w+)/.exec(line)?.[1];
      if (value)
        result.fields.push({
          name: value,
          type: '',
          list: false,
          optional: false,
          attributes: attributes(line.slice(value.length)),
        });
    } else {
      const field = /^(\w+)\s+(Unsupported\s*\("[^"]*"\)|\w+)\s*(\[\])?\s*(\?)?\s*(.*)$/s.exec(line);
      if (field)
        result.fields.push({
          name: field[1] as string,
          type: field[2] as string,
          list: field[3] !== undefined,
          optional: field[4] !== undefined,
          attributes: attributes(field[5] ?? ''),
        });
      else problems.push(`${path}: ${keyword} ${name}: cannot read "${line.slice(0, 60)}"`);
    }
  }
  return result;
}

/** Lines, where a line break inside brackets or quotes is none. */
function logicalLines(body: string): string[] {
  const lines: string[] = [];
  let depth = 0;
  let line = '';
  for (let at = 0; at < body.length; at += 1) {
    const char = body[at] as string;
    if (char === '"') {
      const end = endOfString(body, at);
      line += body.slice(at, end);
      at = end - 1;
      continue;
    }
    if (char === '(' || char === '[' || char === '{') depth += 1;
    if (char === ')' || char === ']' || char === '}') depth -= 1;
    if (char === '\n' && depth <= 0) {
      if (line.trim()) lines.push(line.trim());
      line = '';
    } else line += char;
  }
  if (line.trim()) lines.push(line.trim());
  return lines;
}

function attributes(content: string): Attribute[] {
  const found: Attribute[] = [];
  const name = /@@?([\w.]+)/y;
  for (let at = 0; at < content.length; ) {
    name.lastIndex = at;
    const match = name.exec(content);
    if (!match) {
      at = content[at] === '"' ? endOfString(content, at) : at + 1;
      continue;
    }
    at += match[0].length;
    let inside = '';
    if (content[at] === '(') {
      const end = closing(content, at + 1, '(', ')');
      inside = content.slice(at + 1, end === -1 ? content.length : end);
      at = end === -1 ? content.length : end + 1;
    }
    found.push({ name: match[1] as string, arguments: split(inside).map(argumentOf) });
  }
  return found;
}

function argumentOf(content: string): Argument {
  const match = /^(\w+)\s*:\s*(.*)$/s.exec(content);
  return match ? { name: match[1], value: (match[2] as string).trim() } : { name: undefined, value: content };
}

/** At commas that are not inside brackets or quotes. */
function split(content: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (let at = 0; at < content.length; at += 1) {
    const char = content[at] as string;
    if (char === '"') {
      const end = endOfString(content, at);
      part += content.slice(at, end);
      at = end - 1;
      continue;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += char;
  }
  if (part.trim()) parts.push(part.trim());
  return parts;
}

function closing(content: string, from: number, open = '{', close = '}'): number {
  let depth = 1;
  for (let at = from; at < content.length; at += 1) {
    const char = content[at];
    if (char === '"') at = endOfString(content, at) - 1;
    else if (char === open) depth += 1;
    else if (char === close) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function endOfString(content: string, from: number): number {
  for (let at = from + 1; at < content.length; at += 1) {
    if (content[at] === '\\') at += 1;
    else if (content[at] === '"' || content[at] === '\n') return at + 1;
  }
  return content.length;
}

/** Comments go, and what stands where they were keeps its line. */
function withoutComments(content: string): string {
  let result = '';
  for (let at = 0; at < content.length; at += 1) {
    const char = content[at] as string;
    if (char === '"') {
      const end = endOfString(content, at);
      result += content.slice(at, end);
      at = end - 1;
    } else if (char === '/' && content[at + 1] === '/') {
      const end = content.indexOf('\n', at);
      at = end === -1 ? content.length : end - 1;
    } else if (char === '/' && content[at + 1] === '*') {
      const end = content.indexOf('*/', at);
      const stop = end === -1 ? content.length : end + 2;
      result += content.slice(at, stop).replace(/[^\n]/g, '');
      at = stop - 1;
    } else result += char === '\r' ? '' : char;
  }
  return result;
}

export const named = (found: readonly Attribute[], name: string): Attribute | undefined =>
  found.find((attribute) => attribute.name === name);

/** By name, or the nameless one at `position`. */
export function argument(
  attribute: Attribute | undefined,
  name: string,
  position?: number,
): string | undefined {
  const byName = attribute?.arguments.find((entry) => entry.name === name);
  if (byName) return byName.value;
  return position === undefined
    ? undefined
    : attribute?.arguments.filter((entry) => entry.name === undefined)[position]?.value;
}

/** `"text"` → text. */
export const text = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : /^"(.*)"$/s.exec(value)?.[1]?.replaceAll('\\"', '"');

/** `[a, b(sort: Desc)]` or `a` → names. */
export function list(value: string | undefined): string[] {
  if (value === undefined) return [];
  const inner = /^\[(.*)\]$/s.exec(value)?.[1] ?? value;
  return split(inner).map((entry) => /^\w+/.exec(entry)?.[0] ?? entry);
}

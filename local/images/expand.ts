/**
 * Variables and words as a Dockerfile has them: `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}` (with and without
 * the colon), quotes, and the backslash. What a variable holds is never split again.
 */
export type Variables = ReadonlyMap<string, string>;

const NONE: Variables = new Map();

/** The whole text as one word: variables replaced, quotes and backslashes taken away. */
export function expand(text: string, variables: Variables): string {
  return scan(text, variables, false).join('');
}

/** Split at the blanks outside quotes, then as `expand`. Without variables a dollar sign stays. */
export function words(text: string, variables?: Variables): string[] {
  return scan(text, variables, true);
}

/** The pairs of ENV and LABEL: `A=1 B="two words"`, or the old `A two words`. Undefined where that is not what it is. */
export function pairs(text: string, variables: Variables): [string, string][] | undefined {
  if (!/^[^\s=]+=/.test(text)) {
    const old = /^(\S+)\s+([\s\S]+)$/.exec(text);
    return old ? [[old[1] as string, expand(old[2] as string, variables)]] : undefined;
  }
  const found: [string, string][] = [];
  for (const word of words(text, variables)) {
    const equals = word.indexOf('=');
    if (equals < 1) return undefined;
    found.push([word.slice(0, equals), word.slice(equals + 1)]);
  }
  return found;
}

function scan(text: string, variables: Variables | undefined, splitting: boolean): string[] {
  const result: string[] = [];
  let word: string | undefined;
  let quote = '';
  const add = (more: string) => {
    word = (word ?? '') + more;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const next = text[at + 1];
    if (character === '$' && quote !== "'" && variables) {
      const { value, end } = variable(text, at, variables);
      add(value);
      at = end - 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && next !== undefined && /["\\$]/.test(next)) {
        add(next);
        at++;
      } else add(character);
    } else if (character === '"' || character === "'") {
      quote = character;
      add('');
    } else if (character === '\\' && next !== undefined) {
      add(next);
      at++;
    } else if (splitting && /\s/.test(character)) {
      if (word !== undefined) result.push(word);
      word = undefined;
    } else add(character);
  }
  if (word !== undefined) result.push(word);
  return result;
}

function variable(text: string, at: number, variables: Variables): { value: string; end: number } {
  const plain = /^\$([A-Za-z_]\w*)/.exec(text.slice(at));
  if (plain) return { value: variables.get(plain[1] as string) ?? '', end: at + plain[0].length };
  const end = text[at + 1] === '{' ? closing(text, at + 1) : -1;
  const inside = end < 0 ? null : /^([A-Za-z_]\w*)(?:(:?[-+])([\s\S]*))?$/.exec(text.slice(at + 2, end));
  if (!inside) return { value: '$', end: at + 1 };
  const [, name = '', operator = '', otherwise = ''] = inside;
  const value = variables.get(name);
  const given = value !== undefined && !(operator.startsWith(':') && value === '');
  const word = () => expand(otherwise, variables);
  if (operator.endsWith('-')) return { value: given ? (value ?? '') : word(), end: end + 1 };
  if (operator.endsWith('+')) return { value: given ? word() : '', end: end + 1 };
  return { value: value ?? '', end: end + 1 };
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/** For heredocs: variables replaced, everything else as it stands. */
export function expandText(text: string, variables: Variables = NONE): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\\' && (text[at + 1] === '$' || text[at + 1] === '\\')) result += text[++at] as string;
    else if (character === '$') {
      const { value, end } = variable(text, at, variables);
      result += value;
      at = end - 1;
    } else result += character;
  }
  return result;
}

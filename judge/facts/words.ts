// A query's first words, without a value of the user's in them.

/** Literals and numbers become `?`, white space one blank; at most 80 characters. */
export const withoutValues = (query: string): string =>
  query
    .replace(/--[^\n]*/g, ' ')
    .replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replace(/(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?(?:\1|$)/g, '?')
    .replace(/[eEbBxXnN]?'(?:''|\\.|[^'\\])*(?:'|$)/g, '?')
    .replace(/\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g, '?')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);

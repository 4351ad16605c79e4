/** docs/rules/: a page a rule, from the rule and its cases; and the registry of rules itself. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../judge/rules/index.ts';
import { overview, page } from '../../judge/rules/page.ts';
import { registry } from '../rule-registry.ts';

const folder = join(import.meta.dirname, '../../judge/rules');

export function files(): Record<string, string> {
  return {
    'judge/rules/index.ts': registry(),
    'docs/rules/README.md': overview(rules),
    ...Object.fromEntries(
      rules.map((rule) => [
        `docs/rules/${rule.id}.md`,
        page(rule, existsSync(join(folder, `${rule.id}.cases.sql`))),
      ]),
    ),
  };
}

/** docs/events.schema.json: what `--json` prints, one object a line. */
import { z } from 'zod';
import { outputSchema } from '../../core/output.ts';

export function files(): Record<string, string> {
  const schema = z.toJSONSchema(outputSchema, { target: 'draft-2020-12', io: 'output' });
  return {
    'docs/events.schema.json': `${JSON.stringify({ title: 'A line of --json', ...schema }, null, 2)}\n`,
  };
}

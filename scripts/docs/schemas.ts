/** JSON Schemas of the environment file and of the request, for editors and for those who start executions by hand. */
import { z } from 'zod';
import { environmentSchema } from '../../core/environment.ts';
import { requestSchema } from '../../core/request.ts';

export function files(): Record<string, string> {
  return {
    'docs/environment.schema.json': schemaText(
      environmentSchema,
      'A Lockstep environment',
      'environments/<name>.json: where the services of an environment run and how they are released.',
    ),
    'docs/request.schema.json': schemaText(
      requestSchema,
      'A Lockstep request',
      'The input of an execution of lockstep-<environment>-deploy.',
    ),
  };
}

function schemaText(schema: z.ZodType, title: string, description: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}

/**
 * Writes local/README.md out of the code: what every service answers, what it makes of templates, and where it differs
 * from AWS. `npm run docs` calls it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelOf } from './endpoint/model.ts';
import { ignoredTypes } from './provision/ignored.ts';
import type { Service } from './service.ts';
import { createWorld } from './world.ts';

export async function describe(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-describe-'));
  const world = await createWorld({ folder, volatile: true, runtime: 'simulated' });
  try {
    return text([...world.services.values()].sort((a, b) => a.signingName.localeCompare(b.signingName)));
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function text(services: readonly Service[]): string {
  return [
    INTRODUCTION,
    '## Services and operations',
    '',
    '| service | protocol of the SDK | operations |',
    '|---|---|---|',
    ...services.map(operationsRow),
    '',
    'Every operation is called in a contract test of `test/contract/` through the real SDK client. Other operations',
    'are refused with `LockstepLocalUnsupported`, naming service and operation; a field that would change what an',
    'operation does and that is not honoured is refused in the same way.',
    '',
    '## Known differences from AWS',
    '',
    ...services.flatMap(differences),
    '## Resource types that are made',
    '',
    '| type | honoured | means nothing here |',
    '|---|---|---|',
    ...services.flatMap(typeRows).sort(),
    '',
    'A property in neither column is an error that names stack, resource and property, before anything is made.',
    '',
    '## Resource types that mean nothing here',
    '',
    'They are not made, but references to them give values of the form that AWS gives.',
    '',
    '| type | why |',
    '|---|---|',
    ...Object.entries(ignoredTypes).map(([type, { reason }]) => `| \`${type}\` | ${reason} |`),
    '',
    '## Paths that are not AWS',
    '',
    '| path | service |',
    '|---|---|',
    ...services.flatMap(({ routes = [], signingName }) =>
      routes.map(({ prefix }) => `| \`${prefix}\` | ${signingName} |`),
    ),
    '',
  ].join('\n');
}

function operationsRow(service: Service): string {
  const { id, protocol } = modelOf(service);
  const names = Object.keys(service.operations).sort().join(', ');
  return `| ${id} (\`${service.signingName}\`) | ${protocol} | ${names} |`;
}

function differences(service: Service): string[] {
  if (!service.differences?.length) return [];
  return [`### ${modelOf(service).id}`, '', ...service.differences.map((line) => `- ${line}`), ''];
}

function typeRows(service: Service): string[] {
  return Object.entries(service.provisioners ?? {}).map(([type, { honours, ignores = {} }]) => {
    const ignored = Object.entries(ignores).map(([property, reason]) => `\`${property}\`: ${reason}`);
    return `| \`${type}\` | ${[...honours].sort().join(', ')} | ${ignored.join('<br>')} |`;
  });
}

const INTRODUCTION = `# The embedded AWS

<!-- Generated from the code by \`npm run docs\` (local/describe.ts): do not edit. -->

One process, one HTTP port on 127.0.0.1, speaking the AWS wire protocols. It makes the stacks that \`npm run synth\` writes and
runs the Lambda bundles, the state machines, the builds, the tasks and the databases that they describe. \`npm start\` starts it;
so does \`lockstep local\`. [docs/decisions/0001](../docs/decisions/0001-an-embedded-aws.md) says why it exists, what it does
not promise, and how to point Lockstep at another emulator.

\`\`\`
export AWS_ENDPOINT_URL=http://127.0.0.1:PORT AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
aws stepfunctions list-state-machines
\`\`\`

Any key that was not issued here is the account itself and may do everything; keys of roles may do what the role's policies
say. Signatures are not verified, and another region than the one it was started with is refused. (Version 1 of the AWS CLI
ignores AWS_ENDPOINT_URL for RDS in us-east-1: give it \`--endpoint-url\` there.)

## How it is put together

| folder | what is in it |
|---|---|
| \`service.ts\`, \`ports.ts\`, \`clock.ts\`, \`store.ts\` | the seam: what a service is, what services ask of each other, time, state |
| \`world.ts\`, \`main.ts\` | puts the services together; runs them as a process |
| \`endpoint/\` | HTTP and the AWS protocols, from the SDK clients' own schemas and codecs |
| \`iam/\` | policies and the decision whether a call is allowed |
| \`provision/\` | templates of the cloud assembly: intrinsic functions, order, references |
| \`services/NAME/\` | one service: its operations, its model, the resource types that it makes |
| \`states/\` | the interpreter of Amazon States Language with JSONata |
| \`images/\`, \`runtimes/\`, \`prisma/\` | images without Docker; what runs tasks; Prisma's engine from npm |

To add an operation: add it to the service's table with the IAM permissions that it needs, and a contract test that calls it
through the SDK client. Its input and output have the shapes of the SDK's command; the wire format needs nothing.
`;

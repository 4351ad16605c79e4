import type { Settings } from '../../core/plan.ts';
import { nextRevision, PLACEHOLDER_LABEL } from '../../core/task-definition.ts';

const settings = { container: 'backend', cpu: 512, memory: 1024, variables: {} } as unknown as Settings;
const sidecar = { name: 'proxy', command: ['run'], dockerLabels: { [PLACEHOLDER_LABEL]: 'command' } };

const released = (container: object) =>
  nextRevision(
    { containerDefinitions: [{ name: 'backend', ...container }, sidecar] },
    'repository@sha256:1',
    settings,
  ).containerDefinitions;

describe('the first release of a BackendStack', () => {
  test('leaves the stand-in’s command and label behind', () => {
    const [container] =
      released({ command: ['node', '-e', '…'], dockerLabels: { [PLACEHOLDER_LABEL]: 'command' } }) ?? [];
    expect(container).toEqual({ name: 'backend', image: 'repository@sha256:1', environment: [] });
  });

  test('keeps other labels, and what the stand-in does not claim', () => {
    const [container] =
      released({
        command: ['node', '-e', '…'],
        entryPoint: ['/init'],
        dockerLabels: { [PLACEHOLDER_LABEL]: 'command', team: 'search' },
      }) ?? [];
    expect(container).toMatchObject({ entryPoint: ['/init'], dockerLabels: { team: 'search' } });
    expect(container).not.toHaveProperty('command');
  });

  test('touches no other container', () => {
    expect(released({})?.[1]).toEqual(sidecar);
  });
});

test('a command that the user set is kept', () => {
  const [container] = released({ command: ['node', 'other.js'], dockerLabels: { team: 'search' } }) ?? [];
  expect(container).toMatchObject({ command: ['node', 'other.js'], dockerLabels: { team: 'search' } });
});

// The order of the test files: scenarios first. They wait more than they compute, and one that began last would be
// what everybody waits for; jest itself knows durations only from an earlier run, which CI never had.
import jest from '@jest/test-sequencer';

// A CommonJS package with a default export: node hands over the whole module.
const Sequencer = jest.default ?? jest;

const rank = (path) =>
  ['/scenarios/faults', '/scenarios/', '/console/'].findIndex((part) => path.includes(part));
const order = (path) => (rank(path) === -1 ? Number.POSITIVE_INFINITY : rank(path));

export default class ScenariosFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted].sort((a, b) => (order(a.path) === order(b.path) ? 0 : order(a.path) - order(b.path)));
  }
}

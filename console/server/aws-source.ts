/** The console's answers from AWS: the same interfaces beside an account and beside the embedded one. */
import { findEntry, readEntry } from '../../aws/journal.ts';
import type { BriefEntry } from '../../core/dora.ts';
import { LockstepError } from '../../core/errors.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Deployment } from '../model/deployment.ts';
import type { NowRow } from '../model/now.ts';
import type { Part, Place as PlaceView, Problem } from '../model/parts.ts';
import { actOnDeployment, actOnService } from './actions.ts';
import { approvalOf } from './approval.ts';
import { deploymentOf } from './deployment.ts';
import { definitionDifference, logsOf } from './evidence.ts';
import { Executions } from './executions.ts';
import { graphOf } from './graph.ts';
import { historyOf } from './history-rows.ts';
import { Live } from './live.ts';
import { metricsOf } from './metrics-page.ts';
import { journalOf, runningNow } from './now-rows.ts';
import { type Place, serviceOf, targetOf } from './place.ts';
import { partOf } from './problem.ts';
import { freezeOf, nextOf, schedulesOf } from './schedule-page.ts';
import { factsOf } from './service-facts.ts';
import { Shared, sharing } from './shared.ts';
import { Shelves } from './shelf.ts';
import type { Source } from './source.ts';
import { linesOf, samplesOf, spanOf, taskGroupsOf } from './timeline.ts';
import { requestsOf, trafficOf } from './traffic.ts';
import { eventsOf } from './visits.ts';

export interface AwsSourceOptions {
  readonly places: readonly Place[];
  /** Milliseconds between two looks while a page is open. */
  readonly interval: number;
  /** Whose name an action is recorded under. */
  readonly requester: string;
}

/** The count of requests is beside the point of a page's first answer: it is waited for this long, and comes with the next. */
const COUNT_MS = 400;
const COUNT_FRESH_MS = 5_000;

interface Found {
  readonly place: Place;
  readonly entry: JournalEntry;
}

export function awsSource({ places, interval, requester }: AwsSourceOptions): Source {
  const shelves = new Shelves();
  const executions = new Executions();
  const keys = new Map<string, { place: Place; target: string; startedAt: string }>();
  const counts = new Map<string, { at: number; value: Deployment['requests'] }>();

  /** By id; its place is looked for once. */
  async function find(id: string): Promise<Found> {
    const known = keys.get(id);
    if (known) {
      const entry = await readEntry(known.place.journal, known);
      if (entry) return { place: known.place, entry };
    }
    for (const place of places) {
      const entry = await findEntry(place.journal, id);
      if (!entry) continue;
      keys.set(id, { place, target: entry.target, startedAt: entry.startedAt });
      return { place, entry };
    }
    throw new LockstepError('DeploymentUnknown', { id, detail: '' });
  }

  async function othersOf({ place, entry }: Found): Promise<BriefEntry[]> {
    if (shelves.entries(entry.target).length === 0) await shelves.refresh(place, entry.service);
    return shelves.entries(entry.target);
  }

  async function requests({ place, entry }: Found): Promise<Deployment['requests']> {
    const known = counts.get(entry.deploymentId);
    const fresh =
      known &&
      (entry.endedAt
        ? known.at > Date.parse(entry.endedAt) + 120_000
        : Date.now() - known.at < COUNT_FRESH_MS);
    if (fresh) return known.value;
    const read = requestsOf(place, entry)
      .catch(() => null)
      .then((value) => {
        counts.set(entry.deploymentId, { at: Date.now(), value });
        return value;
      });
    const late = new Promise<Deployment['requests']>((resolve) =>
      setTimeout(() => resolve(known?.value ?? null), COUNT_MS).unref(),
    );
    return Promise.race([read, late]);
  }

  async function page(id: string): Promise<{ found: Found; deployment: Deployment }> {
    const found = await find(id);
    const [others, count] = await Promise.all([othersOf(found), requests(found)]);
    const deployment = deploymentOf({ ...found, others, requests: count, now: Date.now() });
    return { found, deployment };
  }

  function rowOf(place: Place, service: string): NowRow {
    const value = journalOf(shelves.entries(targetOf(place, service)), Date.now());
    return {
      environment: place.environmentName,
      service,
      journal: { known: true, value },
      next: nextOf(place, Date.now()),
    };
  }

  async function eachService<Value>(
    read: (place: Place, service: string) => Promise<Value>,
  ): Promise<Value[]> {
    return Promise.all(places.flatMap((place) => place.services.map((service) => read(place, service))));
  }

  /** All entries of all services, and the environments that could not be read. */
  async function everything(all: boolean): Promise<Problem[]> {
    const read: Part<boolean>[] = await eachService((place, service) =>
      partOf(`journal of ${targetOf(place, service)}`, () => shelves.refresh(place, service, all)),
    );
    return read.flatMap((part) => (part.known ? [] : [part.problem]));
  }

  const shared = new Shared(interval);
  const live = new Live({
    changed: () => shared.forget(),
    places,
    shelves,
    interval,
    row: (place, service) => ({ type: 'row', row: rowOf(place, service) }),
    deployment: async (id) => ({ type: 'deployment', deployment: (await page(id)).deployment }),
  });

  const source: Source = {
    async now() {
      const rows = await eachService(async (place, service): Promise<NowRow> => {
        const read = await partOf('journal', () => shelves.refresh(place, service));
        return read.known
          ? rowOf(place, service)
          : { environment: place.environmentName, service, journal: read, next: nextOf(place, Date.now()) };
      });
      return { at: new Date().toISOString(), places: places.map(viewOf), rows };
    },
    async service(environment, service) {
      const { place, settings } = serviceOf(places, environment, service);
      const target = targetOf(place, service);
      if (shelves.entries(target).length === 0)
        await partOf('journal', () => shelves.refresh(place, service));
      const entries = shelves.entries(target);
      const releases = entries.flatMap(({ steps }) => steps.UpdateService?.startedAt ?? []);
      const journaled = { releases, running: runningNow(entries) };
      return factsOf(place, service, settings, journaled, Date.now());
    },
    async history(query) {
      const problems = await everything(true);
      const entries = places.flatMap((place) =>
        place.services.flatMap((service) => shelves.entries(targetOf(place, service))),
      );
      return historyOf(entries, query, Date.now(), problems);
    },
    async metrics(environment, service, hours) {
      const { place, settings } = serviceOf(places, environment, service);
      await partOf('journal', () => shelves.refresh(place, service));
      return metricsOf(
        place,
        service,
        settings,
        hours,
        shelves.entries(targetOf(place, service)),
        Date.now(),
      );
    },
    async schedules() {
      const problems = await everything(false);
      return schedulesOf(places, (target) => shelves.entries(target), problems, Date.now());
    },
    deployment: async (id) => (await page(id)).deployment,
    async graph(id) {
      const { found, deployment } = await page(id);
      const { executionArn } = found.entry;
      const [definition, events] = await Promise.all([
        executions.definition(found.place, executionArn),
        executions.events(found.place, executionArn),
      ]);
      return graphOf(definition, events, deployment.steps);
    },
    async timeline(id) {
      const { found, deployment } = await page(id);
      const { place, entry } = found;
      const now = Date.now();
      const span = spanOf(entry, deployment.steps, now);
      return {
        from: new Date(span.from).toISOString(),
        to: new Date(span.to).toISOString(),
        lines: linesOf(entry, now),
        steps: deployment.steps,
        tasks: taskGroupsOf(entry, span, now),
        ...(await trafficOf(place, entry, span)),
        samples: samplesOf(entry),
      };
    },
    async logs(id, source) {
      const { place, entry } = await find(id);
      return logsOf(place, entry, source);
    },
    async definition(id) {
      const { place, entry } = await find(id);
      return definitionDifference(place, entry);
    },
    async approval(id) {
      const found = await find(id);
      return approvalOf({ ...found, others: await othersOf(found), you: requester });
    },
    async events(id) {
      const { place, entry } = await find(id);
      return eventsOf(await executions.events(place, entry.executionArn));
    },
    async act(on, request) {
      if (on.action === 'rollback') {
        const { place, settings } = serviceOf(places, on.environment, on.service);
        return actOnService(place, on.service, settings, request, requester);
      }
      const { place, entry } = await find(on.id);
      return actOnDeployment(place, entry, on.action, request, requester);
    },
    follow: (deployment, tell) => live.follow(deployment, tell),
  };
  // What is read from elsewhere than the journal is read once for all pages, and not again before something has changed.
  return {
    ...source,
    service: sharing(shared, 'service', source.service),
    metrics: sharing(shared, 'metrics', source.metrics),
    graph: sharing(shared, 'graph', source.graph),
    timeline: sharing(shared, 'timeline', source.timeline),
    logs: sharing(shared, 'logs', source.logs),
    definition: sharing(shared, 'definition', source.definition),
    approval: sharing(shared, 'approval', source.approval),
  };
}

function viewOf(place: Place): PlaceView {
  return {
    environment: place.environmentName,
    account: place.account.id,
    region: place.region,
    embedded: place.embedded,
    tags: place.environment.deployment.imageTagStrategy === 'mutable' ? 'latest' : 'commit',
    freeze: freezeOf(place, Date.now()),
  };
}

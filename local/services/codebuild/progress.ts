/** A build as it goes on: phases begin and end, lines are logged, and both are told to who listens. */
import type { LogLine } from '../../ports.ts';
import { type Build, type Builds, logPlace, type Phase, type PhaseType, type Status } from './model.ts';
import { seconds } from './show.ts';

/** Gathered for so long before they are written: a type check may print thousands of lines at once. */
const LOG_DELAY_MS = 100;

/** To hide every `1` would make a log unreadable and tell nobody anything. */
const SHORTEST_SECRET = 4;

export class Progress {
  readonly build: Build;
  private readonly builds: Builds;
  private lines: LogLine[] = [];
  private writing: { cancel(): void } | undefined;
  /** Values that never get into a log. */
  private secrets: readonly string[] = [];

  constructor(builds: Builds, build: Build) {
    this.builds = builds;
    this.build = build;
  }

  /** From now on, these are `***` in the log. */
  hide(secrets: readonly string[]): void {
    this.secrets = [...this.secrets, ...secrets.filter((secret) => secret.length >= SHORTEST_SECRET)];
  }

  /** One line of output. */
  log(message: string): void {
    let clean = message;
    for (const secret of this.secrets) clean = clean.replaceAll(secret, '***');
    this.lines.push({ timestamp: this.builds.world.clock.now(), message: clean });
    this.writing ??= this.builds.world.clock.after(LOG_DELAY_MS, () => this.flush());
  }

  /** A line of CodeBuild's own. */
  note(message: string): void {
    const now = new Date(this.builds.world.clock.now()).toISOString();
    this.log(`[Container] ${now.slice(0, 10).replaceAll('-', '/')} ${now.slice(11, -1)} ${message}`);
  }

  flush(): void {
    this.writing?.cancel();
    this.writing = undefined;
    const { lines } = this;
    const place = logPlace(this.build);
    if (lines.length === 0 || !place) return;
    this.lines = [];
    this.builds.world.ports.logs.append(place.group, place.stream, lines);
  }

  enter(phaseType: PhaseType): void {
    this.build.phases.push({ phaseType, startedAt: this.builds.world.clock.now(), contexts: [] });
    this.builds.save(this.build);
  }

  leave(phaseStatus: Status, context?: { statusCode: string; message: string }): void {
    const phase = this.build.phases.at(-1);
    if (!phase || phase.endedAt !== undefined) return;
    phase.phaseStatus = phaseStatus;
    phase.endedAt = this.builds.world.clock.now();
    if (context) phase.contexts = [context];
    this.builds.save(this.build);
    this.phaseEvent(phase);
  }

  /** The build is over, with whatever status it has. */
  complete(): void {
    const { world } = this.builds;
    for (const phaseType of ['FINALIZING', 'COMPLETED'] as const) {
      this.enter(phaseType);
      if (phaseType === 'FINALIZING') this.leave('SUCCEEDED');
    }
    this.build.endedAt = world.clock.now();
    this.builds.save(this.build);
    this.flush();
    this.stateEvent();
    this.metrics();
  }

  stateEvent(): void {
    const current = this.build.phases.at(-1);
    this.emit('CodeBuild Build State Change', {
      'build-status': this.build.status,
      'current-phase': current?.phaseType ?? 'SUBMITTED',
      'current-phase-context': contextText(current),
    });
  }

  private phaseEvent(phase: Phase): void {
    this.emit('CodeBuild Build Phase Change', {
      'completed-phase': phase.phaseType,
      'completed-phase-status': phase.phaseStatus,
      'completed-phase-duration-seconds': seconds(phase),
      'completed-phase-start': time(phase.startedAt),
      'completed-phase-end': time(phase.endedAt ?? phase.startedAt),
      'completed-phase-context': contextText(phase),
    });
  }

  private emit(detailType: string, detail: Readonly<Record<string, unknown>>): void {
    const { build, builds } = this;
    const place = logPlace(build);
    builds.world.ports.events.emit({
      source: 'aws.codebuild',
      detailType,
      resources: [builds.arn(build)],
      detail: {
        ...detail,
        'project-name': build.project,
        'build-id': builds.arn(build),
        'additional-information': {
          artifact: build.uploaded ?? {},
          environment: {
            image: build.environment.image,
            type: build.environment.type,
            'compute-type': build.environment.computeType,
          },
          'timeout-in-minutes': build.timeoutInMinutes,
          'build-complete': build.endedAt !== undefined,
          initiator: build.initiator,
          'build-start-time': time(build.startedAt),
          source: { type: build.source.type, location: build.source.location },
          logs: { 'group-name': place?.group, 'stream-name': place?.stream },
          phases: build.phases.map((each) => ({
            'phase-type': each.phaseType,
            'phase-status': each.phaseStatus,
            'start-time': time(each.startedAt),
            ...(each.endedAt === undefined
              ? {}
              : { 'end-time': time(each.endedAt), 'duration-in-seconds': seconds(each) }),
          })),
        },
        version: '1',
      },
    });
  }

  private metrics(): void {
    const { build } = this;
    const datum = (name: string, value: number, unit: string) =>
      [{}, { ProjectName: build.project }].map((dimensions) => ({
        namespace: 'AWS/CodeBuild',
        name,
        dimensions,
        value,
        unit,
      }));
    this.builds.world.ports.metrics.put([
      ...datum('Builds', 1, 'Count'),
      ...datum(build.status === 'SUCCEEDED' ? 'SucceededBuilds' : 'FailedBuilds', 1, 'Count'),
      ...datum('Duration', seconds(build), 'Seconds'),
      ...build.phases
        .filter((phase) => phase.phaseType in DURATIONS && phase.endedAt !== undefined)
        .flatMap((phase) => datum(DURATIONS[phase.phaseType] as string, seconds(phase), 'Seconds')),
    ]);
  }
}

const DURATIONS: Readonly<Partial<Record<PhaseType, string>>> = {
  SUBMITTED: 'SubmittedDuration',
  QUEUED: 'QueuedDuration',
  PROVISIONING: 'ProvisioningDuration',
  DOWNLOAD_SOURCE: 'DownloadSourceDuration',
  INSTALL: 'InstallDuration',
  PRE_BUILD: 'PreBuildDuration',
  BUILD: 'BuildDuration',
  POST_BUILD: 'PostBuildDuration',
  UPLOAD_ARTIFACTS: 'UploadArtifactsDuration',
  FINALIZING: 'FinalizingDuration',
};

function contextText(phase: Phase | undefined): string {
  const context = phase?.contexts[0];
  return `[${context ? `${context.statusCode}: ${context.message}` : ': '}]`;
}

function time(at: number): string {
  return new Date(at).toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' });
}

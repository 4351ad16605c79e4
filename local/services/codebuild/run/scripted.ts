/**
 * Builds of a simulated world: a script says how long each takes, what it leaves, and how it fails. No process is
 * started, so a whole deployment can take milliseconds of real time.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import type { World } from '../../../service.ts';
import type { PhaseType, Status } from '../model.ts';
import { upload } from './artifacts.ts';
import { BuildFailed, type BuildRuntime, type PreparedBuild } from './runtime.ts';

export interface ScriptedBuild {
  readonly project: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly world: World;
}

export interface ScriptedOutcome {
  /** Of the clock, spent in the phase BUILD (or in the one that fails). */
  readonly seconds: number;
  readonly log?: readonly string[];
  /** Done before the build ends: push an image (`pushScriptedImage`), say. Gives what the build exports. */
  readonly effect?: () => Promise<Readonly<Record<string, string>>>;
  /** Path → content; uploaded as the project's role. Called after `effect`, with what that exported. */
  readonly artifacts?: (exported: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  readonly fails?: { readonly phase: PhaseType; readonly statusCode: string; readonly message: string };
}

export type BuildScript = (build: ScriptedBuild) => ScriptedOutcome;

/** By clock: a world hands its own on to every service, and a test has it at hand. */
const scripts = new WeakMap<Clock, BuildScript>();

/** From now on, builds of the world with this clock follow the script. */
export function scriptBuilds(clock: Clock, script: BuildScript): void {
  scripts.set(clock, script);
}

export function scriptOf(clock: Clock): BuildScript | undefined {
  return scripts.get(clock);
}

const PHASES = ['DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD', 'BUILD', 'POST_BUILD'] as const;

export class ScriptedRuntime implements BuildRuntime {
  private readonly script: BuildScript;

  constructor(script: BuildScript) {
    this.script = script;
  }

  async run(prepared: PreparedBuild, signal: AbortSignal): Promise<Status> {
    const { world, build, progress, variables } = prepared;
    const outcome = this.script({ project: build.project, variables, world });
    const slow = outcome.fails?.phase ?? 'BUILD';
    for (const phase of PHASES) {
      progress.enter(phase);
      if (phase === slow) {
        await world.clock.sleep(outcome.seconds * 1000, signal);
        for (const line of outcome.log ?? []) progress.log(line);
      }
      if (phase === outcome.fails?.phase)
        throw new BuildFailed(outcome.fails.statusCode, outcome.fails.message);
      progress.leave('SUCCEEDED');
    }
    const exported = (await (outcome.effect && world.clock.during(outcome.effect()))) ?? {};
    build.exported = Object.entries(exported).map(([name, value]) => ({ name, value }));
    progress.enter('UPLOAD_ARTIFACTS');
    const artifacts = Object.entries(outcome.artifacts?.(exported) ?? {});
    if (artifacts.length > 0) {
      const files = artifacts.map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
      await world.clock.during(upload(prepared, undefined, files));
    }
    progress.leave('SUCCEEDED');
    return 'SUCCEEDED';
  }
}

/**
 * Puts an image without layers into the embedded ECR, over the registry's HTTP API. `content` decides its digest, which
 * is returned. `config` is the `config` of the OCI configuration: a command for the simulated runtime, say.
 */
export async function pushScriptedImage(
  world: World,
  repository: string,
  tag: string,
  content: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const admin = { arn: `arn:aws:iam::${world.account}:root` };
  const { authorizationData } = (await world.ports.dispatch.call(
    'ecr',
    'GetAuthorizationToken',
    {},
    admin,
  )) as {
    authorizationData: { authorizationToken: string }[];
  };
  const authorization = `Basic ${authorizationData[0]?.authorizationToken}`;
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: 'arm64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [] },
      history: [{ comment: content }],
    }),
  );
  const digest = digestOf(configuration);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: configuration.length },
      layers: [],
    }),
  );
  await send(`${world.endpoint}/v2/${repository}/blobs/uploads/?digest=${digest}`, 'POST', configuration, {
    authorization,
  });
  const headers = { authorization, 'content-type': mediaType };
  await send(`${world.endpoint}/v2/${repository}/manifests/${tag}`, 'PUT', manifest, headers);
  return digestOf(manifest);
}

async function send(
  url: string,
  method: string,
  body: Buffer,
  headers: Record<string, string>,
): Promise<void> {
  const response = await fetch(url, { method, body: new Uint8Array(body), headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

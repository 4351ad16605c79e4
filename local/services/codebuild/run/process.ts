/** A build that really runs: its source in a folder of its own, its commands in a shell of this machine. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Buildspec, BuildspecPhaseName } from '../buildspec.ts';
import type { Builds, Status } from '../model.ts';
import { uploadArtifacts } from './artifacts.ts';
import { buildEnvironment, makeBin } from './environment.ts';
import { secretValue } from './prepare.ts';
import { BuildFailed, type BuildRuntime, type PreparedBuild } from './runtime.ts';
import { Shell } from './shell.ts';
import { readBuildspec, unpackSource } from './source.ts';

const PHASES = [
  ['install', 'INSTALL'],
  ['pre_build', 'PRE_BUILD'],
  ['build', 'BUILD'],
  ['post_build', 'POST_BUILD'],
] as const;

export class ProcessRuntime implements BuildRuntime {
  private readonly builds: Builds;

  constructor(builds: Builds) {
    this.builds = builds;
  }

  async run(prepared: PreparedBuild, signal: AbortSignal): Promise<Status> {
    const { world, build, progress } = prepared;
    const folder = join(world.folder, 'builds', build.id.split(':')[1] ?? build.id);
    const work = world.clock.during(this.inFolder(prepared, folder, signal));
    try {
      return await work;
    } finally {
      progress.flush();
      // Ten thousand files of node_modules: not in one breath, or nobody else is served meanwhile.
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  private async inFolder(prepared: PreparedBuild, folder: string, signal: AbortSignal): Promise<Status> {
    const { progress, build } = prepared;
    const source = join(folder, 'src');
    for (const name of ['src', 'home', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
    progress.enter('DOWNLOAD_SOURCE');
    progress.note('Running on CodeBuild On-demand (the embedded AWS: a process of this machine)');
    await unpackSource(prepared, folder, source);
    const spec = readBuildspec(build, source);
    if (build.source.type === 'S3') progress.note('Phase is DOWNLOAD_SOURCE');
    progress.note(`CODEBUILD_SRC_DIR=${source}`);
    progress.leave('SUCCEEDED');

    const secrets: Record<string, string> = {};
    for (const [name, reference] of Object.entries(spec.secrets)) {
      secrets[name] = await secretValue(this.builds, reference, prepared.principal);
    }
    progress.hide([
      ...Object.values(secrets),
      prepared.credentials.secretAccessKey,
      prepared.credentials.sessionToken,
    ]);
    const bin = makeBin(folder);
    const environment = { ...buildEnvironment(prepared, folder, bin, spec.variables), ...secrets };
    const shell = new Shell(spec.shell, folder, source, environment, build.id);
    try {
      return await this.phases(prepared, spec, shell, source, signal);
    } finally {
      await shell.close();
    }
  }

  private async phases(
    prepared: PreparedBuild,
    spec: Buildspec,
    shell: Shell,
    source: string,
    signal: AbortSignal,
  ): Promise<Status> {
    const { progress, build } = prepared;
    let succeeding = true;
    for (const [name, phaseType] of PHASES) {
      progress.enter(phaseType);
      shell.set('CODEBUILD_BUILD_SUCCEEDING', succeeding ? '1' : '0');
      progress.note(`Entering phase ${phaseType}`);
      const failure = await this.phase(prepared, spec, name, shell, signal);
      if (signal.aborted) throw new BuildFailed('STOPPED', 'The build was stopped');
      progress.leave(failure ? 'FAILED' : 'SUCCEEDED', failure);
      progress.note(`Phase complete: ${phaseType} State: ${failure ? 'FAILED' : 'SUCCEEDED'}`);
      progress.note(
        `Phase context status code: ${failure?.statusCode ?? ''} Message: ${failure?.message ?? ''}`,
      );
      const goesOn = !failure || spec.phases[name]?.onFailure === 'CONTINUE';
      if (!goesOn) succeeding = false;
      // Without an image there is nothing to test or push; after BUILD, though, post_build may still tidy up.
      const aborts = name === 'install' || name === 'pre_build' || spec.phases[name]?.onFailure === 'ABORT';
      if (!goesOn && aborts) return 'FAILED';
    }
    build.exported = await shell.values(spec.exported);
    progress.enter('UPLOAD_ARTIFACTS');
    // Attempted even if BUILD failed; the earlier phase stays the one that says why.
    await uploadArtifacts(prepared, spec, source);
    progress.leave('SUCCEEDED');
    return succeeding ? 'SUCCEEDED' : 'FAILED';
  }

  private async phase(
    { progress }: PreparedBuild,
    spec: Buildspec,
    name: BuildspecPhaseName,
    shell: Shell,
    signal: AbortSignal,
  ) {
    const { commands = [], finally: last = [] } = spec.phases[name] ?? {};
    const run = async (list: readonly string[]) => {
      for (const command of list) {
        progress.note(`Running command ${command}`);
        const code = await shell.run(command, (line) => progress.log(line), signal);
        if (signal.aborted) return undefined;
        if (code === 0) continue;
        progress.note(`Command did not exit successfully ${command} exit status ${code}`);
        return {
          statusCode: 'COMMAND_EXECUTION_ERROR',
          message: `Error while executing command: ${command}. Reason: exit status ${code}`,
        };
      }
      return undefined;
    };
    const failure = await run(commands);
    if (signal.aborted) return undefined;
    return failure ?? (await run(last)) ?? undefined;
  }
}

/** CodeBuild: projects, and builds that really run on this machine. */
import * as sdk from '@aws-sdk/client-codebuild';
import type { Service, World } from '../../service.ts';
import { Builds } from './model.ts';
import { codebuildOperations } from './operations.ts';
import { codebuildProvisioners } from './provision.ts';
import { Queue } from './queue.ts';
import { ProcessRuntime } from './run/process.ts';
import { ScriptedRuntime, scriptOf } from './run/scripted.ts';
import { startBuildOperation } from './start-build.ts';

export { type BuildScript, pushScriptedImage, scriptBuilds } from './run/scripted.ts';

export function create(world: World): { service: Service } {
  const builds = new Builds(world);
  const processes = new ProcessRuntime(builds);
  const queue = new Queue(builds, {
    // Asked for each build: a test may script some and let others really run.
    run(prepared, signal) {
      const script = scriptOf(world.clock);
      return (script ? new ScriptedRuntime(script) : processes).run(prepared, signal);
    },
  });
  return {
    service: {
      signingName: 'codebuild',
      sdk,
      operations: {
        StartBuild: startBuildOperation(builds, queue),
        ...codebuildOperations(builds, queue),
      },
      provisioners: codebuildProvisioners(builds),
      start: () => queue.recover(),
      stop: () => queue.close(),
      differences: [
        'Commands run as processes of this machine, in a folder of their own, with this machine’s programs; image, compute type and privileged mode are kept and shown.',
        'Node is the one that Lockstep runs on; runtime-versions is read and changes nothing.',
        '`docker` and `aws ecr get-login-password` are Lockstep’s own in a build; LOCKSTEP_DOCKER=engine leaves the machine’s docker.',
        'Sources are S3 archives (zip, tar, tar.gz) or none; buildspecs are of version 0.2; caches are this machine’s and need no settings.',
        'As many builds run at once as there are cores; others are QUEUED.',
        'A build that ran when the embedded AWS ended is a FAULT.',
      ],
    },
  };
}

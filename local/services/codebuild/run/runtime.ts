/**
 * What runs builds: `process` really does it, `scripted` says how it ends, for worlds with a virtual clock.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Credentials } from '../../../ports.ts';
import type { Principal, World } from '../../../service.ts';
import type { Build, Status } from '../model.ts';
import type { Progress } from '../progress.ts';

export interface PreparedBuild {
  readonly world: World;
  readonly build: Build;
  readonly progress: Progress;
  /** The project's role, as which everything is done. */
  readonly principal: Principal;
  readonly credentials: Credentials;
  /** The variables of project and call, secrets resolved. */
  readonly variables: Readonly<Record<string, string>>;
  /** A client of the embedded S3 with the role's credentials. */
  readonly s3: S3Client;
}

export interface BuildRuntime {
  /**
   * From DOWNLOAD_SOURCE to UPLOAD_ARTIFACTS: enters and leaves the phases, logs, uploads, fills in what is exported.
   * Resolves to the build's status when nothing of it runs any more. Throws `BuildFailed` out of an open phase.
   */
  run(prepared: PreparedBuild, signal: AbortSignal): Promise<Status>;
}

/** Ends the build; the context says why, in CodeBuild's words. */
export class BuildFailed extends Error {
  readonly context: { statusCode: string; message: string };

  constructor(statusCode: string, message: string) {
    super(message);
    this.context = { statusCode, message };
  }
}

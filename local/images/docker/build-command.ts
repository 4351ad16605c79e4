/** `docker build` and `docker buildx build`: their options, and what happens to the image afterwards. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from '../build.ts';
import type { push } from '../registry-client.ts';
import { credentials, type Docker, DockerError, fullName, splitName } from './docker.ts';

interface BuildOptions {
  readonly context: string;
  readonly file: string;
  readonly tags: string[];
  readonly args: Map<string, string>;
  readonly labels: Map<string, string>;
  target?: string;
  metadataFile?: string;
  idFile?: string;
  push: boolean;
  noCache: boolean;
  quiet: boolean;
}

/** Options that take a value and change nothing here: the cache is always on this machine, the network is its own. */
const WITHOUT_EFFECT = new Set([
  '--cache-from',
  '--cache-to',
  '--network',
  '--progress',
  '--provenance',
  '--sbom',
  '--platform',
  '--memory',
  '--shm-size',
  '--ulimit',
  '--builder',
  '--attest',
]);
const FLAGS_WITHOUT_EFFECT = new Set([
  '--load',
  '--pull',
  '--rm',
  '--force-rm',
  '--squash=false',
  '--debug',
  '-D',
]);

export async function runBuild(docker: Docker, args: readonly string[], send: typeof push): Promise<void> {
  const options = readOptions(args);
  const cache = docker.cache();
  const image = await build(
    {
      context: options.context,
      file: options.file,
      args: options.args,
      labels: options.labels,
      noCache: options.noCache,
      say: options.quiet ? () => {} : docker.say,
      ...(options.target === undefined ? {} : { target: options.target }),
    },
    cache,
  );
  for (const tag of options.tags)
    cache.setReference({ name: fullName(tag), digest: image.digest, pushed: [] });
  if (options.push) {
    for (const tag of options.tags) {
      const { host, repository, tag: name } = splitName(fullName(tag));
      await send(
        cache,
        image.digest,
        { host, repository, tag: name, credentials: credentials(docker, host) },
        docker.say,
      );
      cache.setReference({
        name: fullName(tag),
        digest: image.digest,
        pushed: [`${host}/${repository}@${image.digest}`],
      });
    }
  }
  if (options.idFile) writeFileSync(options.idFile, image.id);
  if (options.metadataFile) {
    const names = options.tags.map(fullName).join(',');
    writeFileSync(
      options.metadataFile,
      JSON.stringify(
        {
          'containerimage.config.digest': image.id,
          'containerimage.digest': image.digest,
          'image.name': names,
        },
        null,
        2,
      ),
    );
  }
  cache.prune(Date.now());
  if (options.quiet) docker.out(image.id);
  else docker.say(`image ${image.digest}${options.tags.map((tag) => `, ${fullName(tag)}`).join('')}`);
}

function readOptions(args: readonly string[]): BuildOptions {
  const options = {
    tags: [] as string[],
    args: new Map<string, string>(),
    labels: new Map<string, string>(),
    push: false,
    noCache: false,
    quiet: false,
  };
  const more: { target?: string; metadataFile?: string; idFile?: string } = {};
  const words: string[] = [];
  let file: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const [word = '', inline] = (args[at] as string).startsWith('-')
      ? (args[at] as string).split(/=(.*)/s)
      : [args[at] as string];
    const value = () => {
      const given = inline ?? args[++at];
      if (given === undefined) throw new DockerError(`docker build: ${word} needs a value`, 125);
      return given;
    };
    if (word === '-t' || word === '--tag') options.tags.push(value());
    else if (word === '-f' || word === '--file') file = value();
    else if (word === '--build-arg') pair(options.args, value(), process.env);
    else if (word === '--label') pair(options.labels, value(), {});
    else if (word === '--target') more.target = value();
    else if (word === '--metadata-file') more.metadataFile = value();
    else if (word === '--iidfile') more.idFile = value();
    else if (word === '--push') options.push = inline !== 'false';
    else if (word === '--no-cache') options.noCache = inline !== 'false';
    else if (word === '-q' || word === '--quiet') options.quiet = true;
    else if (WITHOUT_EFFECT.has(word)) value();
    else if (!FLAGS_WITHOUT_EFFECT.has(word)) {
      if (word.startsWith('-') && word !== '-')
        throw new DockerError(`docker build: ${word} is not supported here`, 125);
      words.push(word);
    }
  }
  const [context, ...others] = words;
  if (context === undefined || others.length > 0)
    throw new DockerError('"docker build" requires exactly 1 argument, the folder of the context.');
  if (!existsSync(context) || !statSync(context).isDirectory()) {
    throw new DockerError(
      `unable to prepare context: path "${context}" not found (only folders are supported here)`,
    );
  }
  const dockerfile = file === undefined ? join(context, 'Dockerfile') : resolve(file);
  if (!existsSync(dockerfile))
    throw new DockerError(`failed to read dockerfile: open ${dockerfile}: no such file or directory`);
  if (options.push && options.tags.length === 0)
    throw new DockerError('tag is needed when pushing to registry');
  return { ...options, ...more, context: resolve(context), file: dockerfile };
}

/** `NAME=value`, or `NAME` alone for the value that the environment has. */
function pair(
  into: Map<string, string>,
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? environment[name] : text.slice(equals + 1);
  if (value !== undefined) into.set(name, value);
}

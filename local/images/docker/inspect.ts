/** `docker inspect`: what an image is, as JSON or through the few forms of a Go template that scripts use. */
import { readFileSync } from 'node:fs';
import type { Manifest } from '../image.ts';
import { type Docker, DockerError, fullName } from './docker.ts';

export function inspect(docker: Docker, args: readonly string[]): void {
  const { format, names } = options(args);
  if (names.length === 0) throw new DockerError('"docker inspect" requires at least 1 argument.');
  const images = names.map((name) => describe(docker, name));
  if (format === undefined) docker.out(JSON.stringify(images, null, 4));
  else for (const image of images) docker.out(render(format, image));
}

function options(args: readonly string[]): { format?: string; names: string[] } {
  const names: string[] = [];
  let format: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const [word = '', inline] = (args[at] as string).split(/=(.*)/s);
    if (word === '-f' || word === '--format') format = inline ?? args[++at];
    else if (word === '--type') {
      if ((inline ?? args[++at]) !== 'image')
        throw new DockerError('docker inspect: only images are here', 125);
    } else if (word.startsWith('-'))
      throw new DockerError(`docker inspect: ${word} is not supported here`, 125);
    else names.push(args[at] as string);
  }
  return { names, ...(format === undefined ? {} : { format }) };
}

function describe(docker: Docker, name: string): Record<string, unknown> {
  const cache = docker.cache();
  const reference = cache.reference(fullName(name));
  if (!reference) throw new DockerError(`Error: No such object: ${name}`);
  const manifest = JSON.parse(readFileSync(cache.blobFile(reference.digest), 'utf8')) as Manifest;
  const config = JSON.parse(readFileSync(cache.blobFile(manifest.config.digest), 'utf8')) as Record<
    string,
    unknown
  >;
  return {
    Id: manifest.config.digest,
    RepoTags: [reference.name],
    // Docker knows an image by digest only in the repositories that it was pushed to.
    RepoDigests: reference.pushed,
    Created: config['created'],
    Architecture: config['architecture'],
    Os: config['os'],
    Size: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
    Config: config['config'],
    RootFS: { Type: 'layers', Layers: (config['rootfs'] as { diff_ids: string[] }).diff_ids },
  };
}

function render(format: string, image: Record<string, unknown>): string {
  if (format === 'json' || format === '{{json .}}') return JSON.stringify(image);
  return format.replace(/\{\{\s*([^}]*?)\s*\}\}/g, (_, expression: string) => evaluate(expression, image));
}

function evaluate(expression: string, image: Record<string, unknown>): string {
  const index = /^index\s+(\.[\w.]+)\s+(\d+|"[^"]*")$/.exec(expression);
  if (index) {
    const [, path = '', key = ''] = index;
    const container = at(path, image) as Record<string, unknown> | unknown[] | undefined;
    const place = key.startsWith('"') ? key.slice(1, -1) : key;
    const found = (container as Record<string, unknown> | undefined)?.[place];
    if (found === undefined)
      throw new DockerError(`template parsing error: error calling index: there is no ${key} in ${path}`);
    return String(found);
  }
  const json = /^json\s+(\.[\w.]+)$/.exec(expression);
  if (json) return JSON.stringify(at(json[1] as string, image));
  if (!/^\.[\w.]+$/.test(expression))
    throw new DockerError(`docker inspect: the template {{${expression}}} is not supported here`, 125);
  const value = at(expression, image);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function at(path: string, value: unknown): unknown {
  return path
    .split('.')
    .filter((name) => name !== '')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
}

/**
 * Where in the repository a service is and is built: its folder, its Dockerfile, and, for a repository with more than
 * the service in it, docker's context and the folder of the lock file. None of them may lead out of the repository:
 * what a build reads is the commit.
 */
import { z } from 'zod';

/** A path in the repository as its parts, `.` and `..` resolved; undefined where it leads out. */
function parts(path: string): string[] | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a path with one would be read differently by each tool
  if (path.startsWith('/') || /[\\\u0000-\u001f]/.test(path)) return undefined;
  const inside: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') inside.push(part);
    else if (inside.pop() === undefined) return undefined;
  }
  return inside;
}

const inRepository = (described: string) =>
  z
    .string()
    .min(1)
    .refine((path) => parts(path) !== undefined, 'leads out of the repository')
    .describe(described);

export const placeShape = {
  path: inRepository(
    'The service’s folder in the repository: package.json, prisma/ and Dockerfile are there.',
  ).default('.'),
  dockerfile: z
    .string()
    .min(1)
    .default('Dockerfile')
    .describe('Path of the Dockerfile, from the service’s folder.'),
  build: z
    .strictObject({
      context: inRepository(
        'Docker’s build context, from the repository’s root: `.` where the Dockerfile copies from other folders too. The service’s folder where it is left out.',
      ).optional(),
      workingDirectory: inRepository(
        'Where `npm ci` runs, from the repository’s root: `.` where one package-lock.json is for all workspaces. The service’s folder where it is left out.',
      ).optional(),
    })
    .prefault({})
    .describe('How the image is built from a repository with more than this service in it.'),
};

export interface Place {
  readonly path: string;
  readonly dockerfile: string;
  readonly build: { readonly context?: string | undefined; readonly workingDirectory?: string | undefined };
}

/** What only shows when the paths are seen together. */
export function placeProblems({ path, dockerfile, build }: Place): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  const folder = parts(path);
  if (folder && (dockerfile.startsWith('/') || !parts([...folder, dockerfile].join('/'))))
    problems.push({ path: ['dockerfile'], message: 'leads out of the repository' });
  const installs = parts(build.workingDirectory ?? path);
  if (folder && installs?.some((part, at) => folder[at] !== part))
    problems.push({
      path: ['build', 'workingDirectory'],
      message: `does not hold the service's folder (${folder.join('/') || '.'}), which would find no node_modules`,
    });
  return problems;
}

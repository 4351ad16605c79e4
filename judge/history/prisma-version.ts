// Prisma's versions, as far as the way they run a migration file differs.
export type PrismaVersion = { major: number; minor: number; patch: number; text: string };

/** "7.10.1", "^6.19.0", "~5.22": undefined where there is no number in it. */
export function prismaVersion(text: string | undefined): PrismaVersion | undefined {
  const match = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text ?? '');
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    minor: Number(match[2] ?? 0),
    patch: Number(match[3] ?? 0),
    text: match[0],
  };
}

/**
 * Before 7.4 a file is sent whole, and PostgreSQL runs it as one transaction. From 7.4 on Prisma splits it, and every statement
 * commits by itself: a file that fails half-way stays half applied.
 */
export const wholeFileIsOneTransaction = (version: PrismaVersion | undefined): boolean | undefined =>
  version && (version.major < 7 || (version.major === 7 && version.minor < 4));

/** 8.0 works differently altogether, and older than 5 was never tried. */
export const supported = (version: PrismaVersion): boolean => version.major >= 5 && version.major <= 7;

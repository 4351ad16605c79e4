/**
 * Where images are kept, built and unpacked, and what builds keep for the next one. All of it is named by content, so
 * several worlds may share one folder: tests do, and builds of an earlier world are quick ones in the next.
 */
import { join } from 'node:path';

export function imagesHome(worldFolder: string): string {
  return process.env['LOCKSTEP_BUILD_CACHE'] ?? join(worldFolder, 'images');
}

/** local/README.md: services, operations and known differences of the embedded AWS. */
import { describe } from '../../local/describe.ts';

export async function files(): Promise<Record<string, string>> {
  return { 'local/README.md': await describe() };
}

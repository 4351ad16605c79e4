/** Names of resources whose template gives none, in the form that CloudFormation makes them. */
import { createHash } from 'node:crypto';
import type { Place } from '../service.ts';

/**
 * `STACK-LOGICALID-HASH`, cut to `longest`. CloudFormation's last part is random; here it follows from the other two,
 * so that a template gives the same names at every start and in every test.
 */
export function physicalName(place: Pick<Place, 'stack' | 'logicalId'>, longest = 64): string {
  const hash = hashOf(`${place.stack}/${place.logicalId}`);
  const room = longest - hash.length - 1;
  const logicalId = place.logicalId.slice(0, Math.max(8, room - place.stack.length - 1));
  return `${`${place.stack.slice(0, room - logicalId.length - 1)}-${logicalId}`}-${hash}`;
}

/** Twelve capitals and digits, as CloudFormation's random suffixes look. */
export function hashOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex').slice(0, 15);
  return BigInt(`0x${hex}`).toString(36).toUpperCase().padStart(12, '0').slice(-12);
}

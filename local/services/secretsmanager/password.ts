/** Random passwords, as GetRandomPassword and GenerateSecretString make them. */
import { randomInt } from 'node:crypto';
import { invalidParameter } from './model.ts';

export interface PasswordRules {
  readonly length?: number | undefined;
  readonly excludeCharacters?: string | undefined;
  readonly excludeNumbers?: boolean | undefined;
  readonly excludePunctuation?: boolean | undefined;
  readonly excludeUppercase?: boolean | undefined;
  readonly excludeLowercase?: boolean | undefined;
  readonly includeSpace?: boolean | undefined;
  readonly requireEachIncludedType?: boolean | undefined;
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export function randomPassword(rules: PasswordRules): string {
  const length = rules.length ?? 32;
  if (length < 1 || length > 4096) throw invalidParameter('PasswordLength must be between 1 and 4096.');
  const types = [
    rules.excludeLowercase ? '' : LOWER,
    rules.excludeUppercase ? '' : UPPER,
    rules.excludeNumbers ? '' : NUMBERS,
    rules.excludePunctuation ? '' : PUNCTUATION,
    rules.includeSpace ? ' ' : '',
  ]
    .map((type) =>
      [...type].filter((character) => !(rules.excludeCharacters ?? '').includes(character)).join(''),
    )
    .filter((type) => type !== '');
  const all = types.join('');
  if (all === '') throw invalidParameter('The password would have no characters left to choose from.');
  const each = rules.requireEachIncludedType === false ? [] : types;
  if (each.length > length)
    throw invalidParameter('PasswordLength is too short for RequireEachIncludedType.');
  const characters = [...each.map(pick), ...Array.from({ length: length - each.length }, () => pick(all))];
  return shuffle(characters).join('');
}

function pick(from: string): string {
  return from[randomInt(from.length)] ?? '';
}

/** The one of each type must not always come first. */
function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? '', characters[last] ?? ''];
  }
  return characters;
}

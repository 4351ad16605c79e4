/** A preflight as a tree: what was looked at, whether it is as it should be, and what to do where it is not. */
export interface Checkpoint {
  readonly name: string;
  readonly status: 'OK' | 'NG' | 'SKIP';
  readonly detail: string;
  /** Only with NG. */
  readonly remedy?: string;
}

export interface Branch {
  readonly name: string;
  readonly checkpoints: readonly Checkpoint[];
}

export const ok = (name: string, detail: string): Checkpoint => ({ name, status: 'OK', detail });
export const skip = (name: string, why: string): Checkpoint => ({ name, status: 'SKIP', detail: why });
export const ng = (name: string, detail: string, remedy: string): Checkpoint => ({
  name,
  status: 'NG',
  detail,
  remedy,
});

export function problemsIn(branches: readonly Branch[]): number {
  return branches.flatMap(({ checkpoints }) => checkpoints).filter(({ status }) => status === 'NG').length;
}

/** `arn:aws:secretsmanager:…:secret:name-AbCdEf:key::` → the secret's own ARN; a name stays a name. */
export function secretOf(valueFrom: string): {
  readonly kind: 'secret' | 'parameter';
  readonly resource: string;
} {
  const parts = valueFrom.split(':');
  if (parts[2] === 'secretsmanager') return { kind: 'secret', resource: parts.slice(0, 7).join(':') };
  return { kind: 'parameter', resource: valueFrom };
}

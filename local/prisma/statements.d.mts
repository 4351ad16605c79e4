export interface Statement {
  readonly text: string;
  readonly start: number;
}
export function splitStatements(script: string): Statement[];

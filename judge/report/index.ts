// Renderings of a judgement: pure, for the command, the console and the Lambda alike.
import type { Judgement } from '../../core/migrations.ts';
import { renderGithub } from './github.ts';
import { renderMarkdown } from './markdown.ts';
import { renderSarif } from './sarif.ts';
import { renderText } from './text.ts';

export const formats = ['text', 'json', 'github', 'sarif', 'markdown'] as const;
export type Format = (typeof formats)[number];

/** `version`: of the tool, for SARIF. */
export function render(judgement: Judgement, format: Format, version: string): string {
  if (format === 'json') return `${JSON.stringify(judgement, null, 2)}\n`;
  if (format === 'github') return renderGithub(judgement);
  if (format === 'sarif') return renderSarif(judgement, version);
  if (format === 'markdown') return renderMarkdown(judgement);
  return renderText(judgement);
}

/** 0: fine or notices; 17: a person must approve; 10: blocked. */
export const exitCode = (judgement: Judgement): 0 | 10 | 17 =>
  judgement.verdict === 'blocked' ? 10 : judgement.verdict === 'needs-approval' ? 17 : 0;

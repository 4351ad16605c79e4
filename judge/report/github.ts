// GitHub's workflow commands: each finding as an annotation at its line.
import type { Judgement } from '../../core/migrations.ts';

const levels = { fine: 'notice', notice: 'notice', 'needs-approval': 'warning', blocked: 'error' } as const;
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export const renderGithub = (judgement: Judgement): string =>
  judgement.findings
    .map((finding) => {
      const safe = finding.safe
        ? `\n${finding.safe.summary}\n${finding.safe.steps.map((step) => `${step.when}: ${step.sql}`).join('\n')}`
        : finding.help
          ? `\n${finding.help}`
          : '';
      return `::${levels[finding.severity]} file=${property(finding.file)},line=${finding.line},col=${finding.column},title=${property(finding.rule)}::${data(finding.why + safe)}\n`;
    })
    .join('');

// SARIF 2.1.0, for code scanning.
import type { Judgement } from '../../core/migrations.ts';
import { rules } from '../rules/index.ts';

const levels = { fine: 'none', notice: 'note', 'needs-approval': 'warning', blocked: 'error' } as const;

export function renderSarif(judgement: Judgement, version: string): string {
  const used = [...new Set(judgement.findings.map((finding) => finding.rule))].sort();
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lockstep',
            version,
            rules: used.map((id) => {
              const rule = rules.find((candidate) => candidate.id === id);
              return {
                id,
                shortDescription: { text: rule?.finds ?? id },
                fullDescription: { text: rule?.why ?? id },
                help: { text: rule?.instead ?? id },
              };
            }),
          },
        },
        results: judgement.findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: used.indexOf(finding.rule),
          level: levels[finding.severity],
          message: { text: [finding.why, finding.help ?? finding.safe?.summary].filter(Boolean).join(' ') },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: finding.file.replaceAll('\\', '/') },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
          ...(finding.allowed
            ? { suppressions: [{ kind: 'inSource', justification: finding.allowed.reason }] }
            : {}),
          properties: { severity: finding.severity, consequences: finding.consequences },
        })),
      },
    ],
  };
  return `${JSON.stringify(sarif, null, 2)}\n`;
}

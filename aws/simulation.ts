/** What a role may do, asked of IAM without doing it. */
import { type IAMClient, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam';

/** The resources on which the role may not do it; empty where it may on all. */
export async function deniedOn(
  iam: IAMClient,
  roleArn: string,
  action: string,
  resources: readonly string[],
  context: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  if (resources.length === 0) return [];
  const denied: string[] = [];
  const pages = paginateSimulatePrincipalPolicy(
    { client: iam },
    {
      PolicySourceArn: roleArn,
      ActionNames: [action],
      ResourceArns: [...resources],
      ContextEntries: Object.entries(context).map(([ContextKeyName, value]) => ({
        ContextKeyName,
        ContextKeyType: 'string',
        ContextKeyValues: [value],
      })),
    },
  );
  for await (const page of pages) {
    for (const { EvalDecision, EvalResourceName, ResourceSpecificResults } of page.EvaluationResults ?? []) {
      if (ResourceSpecificResults && ResourceSpecificResults.length > 0) {
        for (const one of ResourceSpecificResults)
          if (one.EvalResourceDecision !== 'allowed') denied.push(one.EvalResourceName ?? '');
      } else if (EvalDecision !== 'allowed') denied.push(EvalResourceName ?? '');
    }
  }
  return denied;
}

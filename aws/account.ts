/** Whose account and which region the credentials open. */
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';

export interface Account {
  /** Twelve digits. */
  readonly id: string;
  /** Who calls: `arn:aws:sts::…:assumed-role/deployer/session`. */
  readonly caller: string;
}

export async function account(sts: STSClient): Promise<Account> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  return { id: Account ?? '', caller: Arn ?? '' };
}

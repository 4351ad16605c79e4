/** Secrets Manager. A value that is read here goes nowhere but to where it is needed: never into logs or answers. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export async function secretValue(secrets: SecretsManagerClient, id: string): Promise<string> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: id }));
  if (SecretString === undefined) throw new Error(`Secret ${id} holds bytes, not text`);
  return SecretString;
}

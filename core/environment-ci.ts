/** The part of the environment file that says which CI may start deployments. */
import { z } from 'zod';

const githubSchema = z
  .strictObject({
    repository: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, 'must be OWNER/REPOSITORY, for example acme/shop')
      .describe('The repository whose workflows may deploy, for example acme/shop.'),
    ownerId: z
      .string()
      .regex(/^\d+$/, 'must be digits')
      .optional()
      .describe(
        'The owner’s number at GitHub. Tokens of repositories made, renamed or moved since July 2026 carry it.',
      ),
    repositoryId: z
      .string()
      .regex(/^\d+$/, 'must be digits')
      .optional()
      .describe('The repository’s number at GitHub.'),
    environment: z
      .string()
      .min(1)
      .optional()
      .describe('Jobs that name this GitHub environment may deploy. Its protection rules count then.'),
    branch: z
      .string()
      .min(1)
      .optional()
      .describe('Jobs on this branch that name no GitHub environment may deploy.'),
    services: z
      .array(z.string())
      .min(1)
      .optional()
      .describe(
        'Services whose executions may be read and whose sources may be uploaded; all of them where it is left out.',
      ),
    provider: z
      .string()
      .startsWith('arn:', 'must be the ARN of an IAM OIDC provider')
      .optional()
      .describe(
        'ARN of the account’s OIDC provider for GitHub, if it has one: an account has room for one only.',
      ),
  })
  .refine(({ environment, branch }) => environment !== undefined || branch !== undefined, {
    error:
      'names neither "environment" nor "branch"; without one of them every branch and every pull request could deploy',
  })
  .describe('GitHub Actions, signing in by OIDC.');

export const ciSchema = z
  .strictObject({ github: githubSchema.optional() })
  .describe('Which CI may start deployments, without a key that lives long.');

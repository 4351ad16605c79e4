/** An environment that the console looks at: what its file says, and the AWS that it lives in. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { connect } from '../../aws/clients.ts';
import { documentClient, type Journal } from '../../aws/journal.ts';
import { type ClientOptions, type Clients, clientsOf } from '../../aws/lazy-clients.ts';
import type { Environment } from '../../core/environment.ts';
import { LockstepError } from '../../core/errors.ts';
import {
  artefactsBucketName,
  deploymentsTableName,
  locksTableName,
  stateMachineArn,
} from '../../core/names.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';

/** What the command hands over; nothing but JSON, since the server is a process of its own. */
export interface GivenPlace {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly account: string;
  readonly options: ClientOptions;
}

export interface Place {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly account: { readonly id: string };
  readonly region: string;
  /** Whether this is an AWS of this machine. */
  readonly embedded: boolean;
  readonly services: readonly string[];
  readonly journal: Journal;
  readonly sfn: SFNClient;
  readonly stateMachineArn: string;
  readonly bucket: string;
  readonly clients: Clients;
}

export function openPlace({ environmentName, environment, account, options }: GivenPlace): Place {
  const where = { region: options.region, account };
  return {
    environmentName,
    environment,
    account: { id: account },
    region: options.region,
    embedded: options.endpoint !== undefined,
    services: Object.keys(environment.services),
    journal: {
      document: documentClient(connect(DynamoDBClient, options)),
      deployments: deploymentsTableName(environmentName),
      locks: locksTableName(environmentName),
    },
    sfn: connect(SFNClient, options),
    stateMachineArn: stateMachineArn(where, environmentName, 'deploy'),
    bucket: artefactsBucketName(where, environmentName),
    clients: clientsOf({ options }),
  };
}

export const targetOf = (place: Place, service: string) => `${service}/${place.environmentName}`;

/** Throws where the console does not look at such a service. */
export function serviceOf(
  places: readonly Place[],
  environmentName: string,
  service: string,
): { readonly place: Place; readonly settings: Settings } {
  const place = places.find((one) => one.environmentName === environmentName);
  if (!place)
    throw new LockstepError('EnvironmentNotFound', {
      environment: environmentName,
      known: `the console was started with ${places.map((one) => one.environmentName).join(', ')}.`,
    });
  const settings = settingsOf(place.environment, environmentName, service);
  if (!settings)
    throw new LockstepError('ServiceUnknown', {
      environment: environmentName,
      service,
      known: place.services.join(', '),
    });
  return { place, settings };
}

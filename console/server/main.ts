/** The console as a process of its own: its parent sends what to serve, and gets the address back. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { connect } from '../../aws/clients.ts';
import { documentClient } from '../../aws/journal.ts';
import { deploymentsTableName, locksTableName } from '../../core/names.ts';
import { serveConsole } from './server.ts';

export interface Start {
  readonly port: number;
  readonly interval: number;
  readonly requester: string;
  readonly places: readonly {
    readonly environment: string;
    readonly account: string;
    readonly services: readonly string[];
    readonly options: Pick<DynamoDBClientConfig, 'endpoint' | 'credentials'> & { readonly region: string };
  }[];
}

process.once('message', async (start: Start) => {
  const places = start.places.map(({ environment, account, services, options }) => ({
    environment,
    account,
    services,
    region: options.region,
    journal: {
      document: documentClient(connect(DynamoDBClient, options)),
      deployments: deploymentsTableName(environment),
      locks: locksTableName(environment),
    },
  }));
  try {
    const served = await serveConsole({ ...start, places });
    process.send?.({ url: served.url });
  } catch (error) {
    process.send?.({ problem: (error as Error).message });
    process.disconnect();
  }
});
// A console whose command is gone would hold its port for nobody; Ctrl-C is the command's to handle.
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => {});

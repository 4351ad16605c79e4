/** DynamoDB: dynalite in process, behind IAM and with what it has not. */
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-dynamodb';
import type { Service, World } from '../../service.ts';
import { Engine } from './engine.ts';
import { operations } from './operations.ts';
import { provisioners, Tables } from './tables.ts';
import { Transactions } from './transact.ts';

export function create(world: World): { service: Service } {
  const folder = world.volatile ? undefined : join(world.folder, 'dynamodb');
  const engine = new Engine(world.region, world.account, folder);
  const tables = new Tables(world, engine);
  return {
    service: {
      signingName: 'dynamodb',
      sdk,
      operations: operations(tables, new Transactions(engine, world.clock)),
      provisioners: provisioners(tables),
      stop: () => engine.close(),
      differences: [
        'The engine is dynalite: reads are always consistent and capacity is not limited.',
        'Expired items go at the first call after an hour of the clock; streams, backups, replicas and PartiQL are refused.',
        'A transaction is isolated from every other call, but a kill in the middle of its writes can leave some of them.',
      ],
    },
  };
}

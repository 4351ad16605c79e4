/** Dashboards: kept as they are given. */
import type {
  DeleteDashboardsCommandInput,
  GetDashboardCommandInput,
  ListDashboardsCommandInput,
  PutDashboardCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type World } from '../../service.ts';
import type { Collection } from '../../store.ts';
import { invalidToken } from './model.ts';

export interface Dashboard {
  readonly name: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

const A_PAGE = 100;

export function dashboardArn(world: World, name: string): string {
  return `arn:aws:cloudwatch::${world.account}:dashboard/${name}`;
}

export function dashboards(world: World): Collection<Dashboard> {
  return world.store('monitoring').collection<Dashboard>('dashboards');
}

export function dashboardOperations(world: World): Record<string, Operation> {
  const kept = dashboards(world);
  const on = (action: string) => (input: { DashboardName?: string | undefined }) => [
    { action: `cloudwatch:${action}`, resource: dashboardArn(world, input.DashboardName ?? '') },
  ];
  return {
    PutDashboard: operation<PutDashboardCommandInput, object>(
      'PutDashboard',
      ['DashboardName', 'DashboardBody'],
      {
        permissions: on('PutDashboard'),
        run(input) {
          putDashboard(world, input.DashboardName ?? '', input.DashboardBody ?? '');
          return { DashboardValidationMessages: [] };
        },
      },
    ),

    GetDashboard: operation<GetDashboardCommandInput, object>('GetDashboard', ['DashboardName'], {
      permissions: on('GetDashboard'),
      run(input) {
        const found = kept.get(input.DashboardName ?? '');
        if (!found) throw absent(input.DashboardName ?? '');
        return {
          DashboardArn: dashboardArn(world, found.name),
          DashboardName: found.name,
          DashboardBody: found.body,
        };
      },
    }),

    ListDashboards: operation<ListDashboardsCommandInput, object>(
      'ListDashboards',
      ['DashboardNamePrefix', 'NextToken'],
      {
        permissions: () => [{ action: 'cloudwatch:ListDashboards', resource: '*' }],
        run(input) {
          const found = kept
            .values()
            .filter((dashboard) => dashboard.name.startsWith(input.DashboardNamePrefix ?? ''))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
          const { items, nextToken } = page(found, input.NextToken, A_PAGE, invalidToken);
          return {
            DashboardEntries: items.map(({ name, body, modified }) => ({
              DashboardName: name,
              DashboardArn: dashboardArn(world, name),
              LastModified: new Date(modified),
              Size: Buffer.byteLength(body),
            })),
            NextToken: nextToken,
          };
        },
      },
    ),

    DeleteDashboards: operation<DeleteDashboardsCommandInput, object>(
      'DeleteDashboards',
      ['DashboardNames'],
      {
        permissions: (input) =>
          (input.DashboardNames ?? []).map((name) => ({
            action: 'cloudwatch:DeleteDashboards',
            resource: dashboardArn(world, name),
          })),
        run(input) {
          const names = input.DashboardNames ?? [];
          for (const name of names) if (!kept.has(name)) throw absent(name);
          for (const name of names) kept.delete(name);
          return {};
        },
      },
    ),
  };
}

export function putDashboard(world: World, name: string, body: string): void {
  if (!/^[\w-]{1,255}$/.test(name)) {
    throw new AwsError(
      'InvalidParameterValueException',
      `The value ${name} for field DashboardName contains invalid characters.`,
    );
  }
  const kept = dashboards(world);
  if (kept.get(name)?.body === body) return;
  if (!isObject(body)) {
    throw new AwsError('DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object');
  }
  kept.set(name, { name, body, modified: world.clock.now() });
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function absent(name: string): AwsError {
  return new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, {}, 404);
}

/** Operations on database instances. */
import type {
  DeleteDBInstanceCommandInput,
  DescribeDBInstancesCommandInput,
  ModifyDBInstanceCommandInput,
  RebootDBInstanceCommandInput,
  StartDBInstanceCommandInput,
  StopDBInstanceCommandInput,
} from '@aws-sdk/client-rds';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, unsupported } from '../../service.ts';
import type { Changes } from './changes.ts';
import { checkIdentifier, type Instance } from './model.ts';
import { showInstance } from './show.ts';

export const A_PAGE = 100;

export function instanceOperations(changes: Changes): Record<string, Operation> {
  const { databases } = changes;
  const on = (action: string) => (input: { DBInstanceIdentifier?: string | undefined }) => [
    {
      action: `rds:${action}`,
      resource: databases.arn('db', (input.DBInstanceIdentifier ?? '*').replace(/^arn:.*:db:/, '')),
    },
  ];
  const shown = (instance: Instance) => ({ DBInstance: showInstance(databases, instance) });
  const one = (name: string, act: (instance: Instance) => Promise<void>): Operation =>
    operation<
      StartDBInstanceCommandInput & StopDBInstanceCommandInput & RebootDBInstanceCommandInput,
      object
    >(name, ['DBInstanceIdentifier'], {
      permissions: on(name),
      async run(input) {
        const instance = databases.get(input.DBInstanceIdentifier ?? '');
        await act(instance);
        return shown(instance);
      },
    });

  return {
    DescribeDBInstances: operation<DescribeDBInstancesCommandInput, object>(
      'DescribeDBInstances',
      ['DBInstanceIdentifier', 'Marker', 'MaxRecords', 'Filters'],
      {
        permissions: on('DescribeDBInstances'),
        run(input) {
          if (input.Filters && input.Filters.length > 0) throw unsupported('DescribeDBInstances', 'Filters');
          const all = input.DBInstanceIdentifier
            ? [databases.get(input.DBInstanceIdentifier)]
            : databases.instances.values().sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
          const { items, nextToken } = page(all, input.Marker, input.MaxRecords ?? A_PAGE, badMarker);
          return {
            DBInstances: items.map((instance) => showInstance(databases, instance)),
            Marker: nextToken,
          };
        },
      },
    ),

    StartDBInstance: one('StartDBInstance', (instance) => changes.start(instance)),
    StopDBInstance: one('StopDBInstance', (instance) => changes.stop(instance)),
    RebootDBInstance: one('RebootDBInstance', (instance) => changes.reboot(instance)),

    ModifyDBInstance: operation<ModifyDBInstanceCommandInput, object>(
      'ModifyDBInstance',
      [
        'DBInstanceIdentifier',
        'MasterUserPassword',
        'DBParameterGroupName',
        'DeletionProtection',
        'BackupRetentionPeriod',
        'DBInstanceClass',
        'AllocatedStorage',
        'ApplyImmediately',
        'VpcSecurityGroupIds',
        'CopyTagsToSnapshot',
        'NewDBInstanceIdentifier',
      ],
      {
        permissions: on('ModifyDBInstance'),
        async run(input) {
          const instance = databases.get(input.DBInstanceIdentifier ?? '');
          if (input.MasterUserPassword !== undefined) {
            await databases.world.clock.during(
              changes.engine.setPassword(instance, input.MasterUserPassword),
            );
            instance.masterPassword = input.MasterUserPassword;
          }
          if (input.DBParameterGroupName !== undefined) {
            parameterGroupExists(changes, input.DBParameterGroupName);
            // As on AWS, a server takes up another group's settings when it is started again.
            instance.parameterGroup = input.DBParameterGroupName;
          }
          instance.deletionProtection = input.DeletionProtection ?? instance.deletionProtection;
          instance.backupRetentionPeriod = input.BackupRetentionPeriod ?? instance.backupRetentionPeriod;
          instance.instanceClass = input.DBInstanceClass ?? instance.instanceClass;
          instance.allocatedStorage = input.AllocatedStorage ?? instance.allocatedStorage;
          instance.securityGroups = input.VpcSecurityGroupIds ?? instance.securityGroups;
          instance.copyTagsToSnapshot = input.CopyTagsToSnapshot ?? instance.copyTagsToSnapshot;
          databases.save(instance);
          const answer = shown(instance);
          const name = input.NewDBInstanceIdentifier;
          if (name === undefined) return answer;
          if (!input.ApplyImmediately) {
            throw unsupported(
              'ModifyDBInstance',
              'NewDBInstanceIdentifier without ApplyImmediately',
              'There is no maintenance window.',
            );
          }
          changes.rename(instance, checkIdentifier(name, 'NewDBInstanceIdentifier'));
          return {
            DBInstance: { ...answer.DBInstance, PendingModifiedValues: { DBInstanceIdentifier: name } },
          };
        },
      },
    ),

    DeleteDBInstance: operation<DeleteDBInstanceCommandInput, object>(
      'DeleteDBInstance',
      ['DBInstanceIdentifier', 'SkipFinalSnapshot', 'FinalDBSnapshotIdentifier', 'DeleteAutomatedBackups'],
      {
        permissions: on('DeleteDBInstance'),
        async run(input) {
          const instance = databases.get(input.DBInstanceIdentifier ?? '');
          if (instance.deletionProtection) {
            throw new AwsError(
              'InvalidParameterCombination',
              'Cannot delete protected DB Instance, please disable deletion protection and try again.',
            );
          }
          if (instance.status === 'deleting') {
            throw new AwsError(
              'InvalidDBInstanceStateFault',
              `Instance ${instance.identifier} is already being deleted.`,
            );
          }
          const name = input.FinalDBSnapshotIdentifier;
          if (!input.SkipFinalSnapshot && name === undefined) {
            throw new AwsError(
              'InvalidParameterCombination',
              'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
            );
          }
          const final =
            name === undefined
              ? undefined
              : changes.newSnapshot(instance, checkIdentifier(name, 'FinalDBSnapshotIdentifier'), {});
          await changes.delete(instance, final);
          return shown(instance);
        },
      },
    ),
  };
}

export function parameterGroupExists({ databases }: Changes, name: string): void {
  if (name.startsWith('default.') || databases.parameterGroups.has(name)) return;
  throw new AwsError('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${name}`, {}, 404);
}

export function badMarker(): AwsError {
  return new AwsError('InvalidParameterValue', 'Invalid value for the parameter Marker');
}

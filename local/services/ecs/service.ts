/** The embedded ECS: services whose tasks really run, rolled out as ECS rolls out. */
import * as sdk from '@aws-sdk/client-ecs';
import type { Ports } from '../../ports.ts';
import { processRuntime } from '../../runtimes/process/runtime.ts';
import type { Operation, Service, World } from '../../service.ts';
import { Agent } from './agent.ts';
import { clusterOperations } from './clusters.ts';
import { Engine } from './engine/engine.ts';
import { executeCommand } from './execute-command.ts';
import { provisioners } from './provision.ts';
import { runTask } from './run-task.ts';
import { Services } from './service-changes.ts';
import { serviceDeploymentOperations } from './service-deployments.ts';
import { serviceOperations } from './services.ts';
import { Sessions } from './session/sessions.ts';
import { counts } from './show.ts';
import { State } from './state.ts';
import { tagOperations } from './tags.ts';
import { taskDefinitionOperations } from './task-definitions.ts';
import { taskOperations } from './tasks.ts';

export function create(world: World): { service: Service; ports?: Partial<Ports> } {
  const state = new State(world);
  const agent = new Agent(state);
  const engine = new Engine(state, agent, (world.runtime ?? processRuntime)(world));
  const services = new Services(state, engine.scheduler);
  const sessions = new Sessions(() => world.clock.now());

  return {
    service: {
      signingName: 'ecs',
      sdk,
      operations: {
        ...clusterOperations(state),
        ...taskDefinitionOperations(state),
        ...serviceOperations(state, services),
        ...serviceDeploymentOperations(state, engine.scheduler),
        ...taskOperations(state, engine),
        RunTask: runTask(state, engine),
        ExecuteCommand: executeCommand(state, engine, sessions),
        ...tagOperations(state),
      } as unknown as Readonly<Record<string, Operation>>,
      provisioners: provisioners(state, services),
      routes: agent.routes,
      start: () => engine.start(),
      async stop() {
        await sessions.close();
        await engine.close();
      },
      differences: [
        'Tasks run as Fargate runs them, on this machine; launch types EC2 and EXTERNAL, placement, daemons, task sets, Service Connect and volumes of EFS, FSx and EBS are refused.',
        'Only the ROLLING strategy is there; BLUE_GREEN, LINEAR, CANARY, lifecycle hooks and early success criteria are refused.',
        'A task that fails to start is tried again after 1, 2, 4 … seconds, at most 15 minutes; AWS begins at about a minute. A task that ends by itself after it ran is followed by the same pause.',
        'A task counts as RUNNING one second after its containers have started. One that ends before has failed to start, which the circuit breaker counts.',
        'A task’s private address is one of 127.0.0.0/8 that only this machine reaches; subnets and security groups are kept and shown, and mean nothing.',
        'Read-only root file systems, users, ulimits and Linux parameters of a container are kept and shown; the process runtime does not enforce them. Ephemeral volumes are folders of the task.',
        'When the embedded AWS ends, its tasks end too (stop code TerminationNotice); services start new ones at the next start.',
        'A deployment that another one replaces ends as STOPPED.',
        'Secrets of Parameter Store, environment files, log drivers other than awslogs, sidecar log routers and container restart policies are refused by name.',
        'ExecuteCommand runs the command beside the container’s processes; the session’s stream is the one that the session-manager-plugin speaks, without encryption by KMS and without logging.',
      ],
    },
    ports: {
      ecs: {
        service(cluster, service) {
          const found = state.services.get(state.serviceArn(cluster, service));
          if (!found || found.status === 'INACTIVE') return undefined;
          return { desired: found.desiredCount, running: counts(state.serviceTasks(found.arn)).running };
        },
        setDesired: (cluster, service, desired, reason) =>
          services.setDesired(cluster, service, desired, reason),
      },
    },
  };
}

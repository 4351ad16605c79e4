import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';

const client = new ECSClient({});
export const handler = async () => client.send(new DescribeServicesCommand({ services: ['x'] }));

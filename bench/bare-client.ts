/** What a function is measured beside: nothing but one client of the SDK, made, and ready for one call. */
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';

const client = new ECSClient({});

export const handler = () => client.send(new DescribeServicesCommand({ services: ['backend'] }));

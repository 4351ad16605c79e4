/** SDK clients of the AWS that a verb has opened. */
export { type Clients, clientsOf } from '../aws/lazy-clients.ts';

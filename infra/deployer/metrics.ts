/** The namespace of every metric of Lockstep's; lambdas/log.ts writes into it. */
export const NAMESPACE = 'Lockstep';

/** Where a service's health endpoint is asked, or why it cannot be: then only ECS and the load balancer say that a release is healthy. */
export interface FrontDoor {
  /** Base URL; null where there is none that can be asked honestly. */
  readonly url: string | null;
  /** Why there is none; null where there is one. */
  readonly closed: Closed | null;
}

export type Closed = 'no-load-balancer' | 'internal' | 'https-only';

const WHY: Readonly<Record<Closed, string>> = {
  'no-load-balancer': 'the service has no load balancer',
  internal: 'its load balancer is internal, which Lockstep cannot reach',
  'https-only':
    'its load balancer speaks HTTPS only, and its certificate names a domain that Lockstep does not know',
};

/** One line: what is not asked, why, and what to write into the service's block of the environment file. */
export function notAsked(closed: Closed, path: string): string {
  return `GET ${path} is not asked: ${WHY[closed]}; where it can be reached, say so: "health": {"url": "https://api.example.com"}`;
}

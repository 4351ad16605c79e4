/** Which action of a listener a request gets: rules by priority, then the listener's own. */
import type { IncomingMessage } from 'node:http';
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardsTo, type Listener, type Rule } from './model.ts';

export function actionFor(
  listener: Listener,
  rules: readonly Rule[],
  request: IncomingMessage,
): elb.Action | undefined {
  const rule = rules.find((candidate) =>
    candidate.conditions.every((condition) => holds(condition, request)),
  );
  const actions = rule ? rule.actions : listener.defaultActions;
  return [...actions].sort((a, b) => (a.Order ?? 1) - (b.Order ?? 1)).at(-1);
}

/** The target group of a `forward` action; where there are several, each gets its share of requests by weight. */
export function groupOf(action: elb.Action, random: () => number = Math.random): string | undefined {
  const groups = forwardsTo([action]);
  const total = groups.reduce((sum, group) => sum + group.weight, 0);
  const point = random() * total;
  let passed = 0;
  const chosen = groups.find((group) => {
    passed += group.weight;
    return point < passed;
  });
  return (chosen ?? groups[0])?.arn;
}

function holds(condition: elb.RuleCondition, request: IncomingMessage): boolean {
  const url = new URL(request.url ?? '/', 'http://localhost');
  switch (condition.Field) {
    case 'path-pattern':
      return values(condition, condition.PathPatternConfig).some((v) => pattern(v, false).test(url.pathname));
    case 'host-header': {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '');
      return values(condition, condition.HostHeaderConfig).some((v) => pattern(v, true).test(host));
    }
    case 'http-request-method':
      return values(condition, condition.HttpRequestMethodConfig).includes(request.method ?? '');
    case 'http-header': {
      const value = request.headers[(condition.HttpHeaderConfig?.HttpHeaderName ?? '').toLowerCase()];
      return [value ?? []]
        .flat()
        .some((one) => (condition.HttpHeaderConfig?.Values ?? []).some((v) => pattern(v, true).test(one)));
    }
    case 'query-string':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value }) =>
        [...url.searchParams].some(
          ([name, value]) =>
            (!Key || pattern(Key, true).test(name)) && pattern(Value ?? '*', true).test(value),
        ),
      );
    default:
      return false;
  }
}

export const CONDITION_FIELDS = [
  'path-pattern',
  'host-header',
  'http-request-method',
  'http-header',
  'query-string',
];

function values(
  condition: elb.RuleCondition,
  config: { Values?: string[] | undefined } | undefined,
): string[] {
  return config?.Values ?? condition.Values ?? [];
}

/** `*` is any run of characters, `?` is one. */
function pattern(text: string, ignoreCase: boolean): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'i' : '');
}

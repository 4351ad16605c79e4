/** Works out the queries of GetMetricData, or of an alarm: metrics are fetched, expressions computed from them. */
import { AwsError, unsupported } from '../../../service.ts';
import { mathError, type Node, parseExpression } from './expression.ts';
import { type Argument, FUNCTIONS, type Scope } from './functions.ts';
import { eachPoint, type Grid, join, type Series, scalar, type Value } from './value.ts';

export interface MetricQuery {
  readonly id: string;
  readonly label?: string;
  readonly metric?: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly period: number;
    readonly stat: string;
    readonly unit?: string;
  };
  readonly expression?: string;
  /** Of an expression without metrics. */
  readonly period?: number;
  readonly returnData: boolean;
}

/** Gives the values of a metric by the start of their period, and the periods there are between from and to. */
export interface Source {
  fetch(metric: NonNullable<MetricQuery['metric']>): ReadonlyMap<number, number>;
  grid(period: number): Grid;
}

const REFUSED = [
  'SEARCH',
  'ANOMALY_DETECTION_BAND',
  'INSIGHT_RULE_METRIC',
  'SERVICE_QUOTA',
  'DB_PERF_INSIGHTS',
  'LAMBDA',
];

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
};

/** The values of all queries by id. Throws `ValidationError` as CloudWatch does. */
export function evaluateQueries(
  operation: string,
  queries: readonly MetricQuery[],
  source: Source,
): ReadonlyMap<string, Value> {
  const evaluation = new Evaluation(operation, queries, source);
  return new Map(queries.map((query) => [query.id, evaluation.value(query.id)]));
}

/** The period of a query: its own, or that of the metrics that its expression uses. */
export function periodOf(queries: readonly MetricQuery[], query: MetricQuery): number {
  if (query.metric) return query.metric.period;
  if (query.period !== undefined) return query.period;
  const used = queries.filter((other) => other.metric && uses(query.expression ?? '', other.id));
  const among = used.length > 0 ? used : queries.filter((other) => other.metric);
  return Math.max(...among.map((other) => other.metric?.period ?? 0), 0) || 60;
}

function uses(expression: string, id: string): boolean {
  return new RegExp(`\\b${id}\\b`).test(expression);
}

class Evaluation {
  private readonly operation: string;
  private readonly queries: readonly MetricQuery[];
  private readonly source: Source;
  private readonly known = new Map<string, Value>();
  private readonly underWay = new Set<string>();

  constructor(operation: string, queries: readonly MetricQuery[], source: Source) {
    this.operation = operation;
    this.queries = queries;
    this.source = source;
  }

  value(id: string): Value {
    const known = this.known.get(id);
    if (known) return known;
    const query = this.queries.find((candidate) => candidate.id === id);
    if (!query) throw new AwsError('ValidationError', `Error in expression: unknown id '${id}'`);
    if (this.underWay.has(id)) throw mathError(id, 'It refers to itself');
    this.underWay.add(id);
    const value: Value = query.metric ? { kind: 'series', series: this.series(query) } : this.compute(query);
    this.underWay.delete(id);
    this.known.set(id, value);
    return value;
  }

  private series(query: MetricQuery): Series {
    const { metric } = query;
    if (!metric) throw mathError(query.id, 'It is no metric');
    return { label: query.label ?? metric.name, period: metric.period, points: this.source.fetch(metric) };
  }

  private compute(query: MetricQuery): Value {
    const scope: Scope = {
      id: query.id,
      grid: this.source.grid(periodOf(this.queries, query)),
      metrics: this.queries
        .filter((other) => other.metric)
        .map((other) => ({ id: other.id, series: this.series(other) })),
    };
    return this.node(parseExpression(query.id, query.expression ?? ''), scope);
  }

  private node(node: Node, scope: Scope): Value {
    switch (node.kind) {
      case 'number':
        return scalar(node.value);
      case 'name':
        if (!/^[a-z]/.test(node.name) || !this.queries.some((query) => query.id === node.name)) {
          throw mathError(scope.id, `Undefined variable ${node.name}`);
        }
        return this.value(node.name);
      case 'text':
        throw mathError(scope.id, `Unexpected text "${node.value}"`);
      case 'list':
        return {
          kind: 'list',
          list: node.items.flatMap((item) => {
            const value = this.node(item, scope);
            if (value.kind === 'scalar') throw mathError(scope.id, 'An array holds time series only');
            return value.kind === 'list' ? value.list : [value.series];
          }),
        };
      case 'negative':
        return eachPoint(this.node(node.of, scope), (point) => -point);
      case 'binary': {
        const combine = OPERATORS[node.operator];
        if (!combine) throw mathError(scope.id, `Unknown operator ${node.operator}`);
        return join(this.node(node.left, scope), this.node(node.right, scope), combine);
      }
      case 'call':
        return this.call(node.name, node.args, scope);
    }
  }

  private call(name: string, args: readonly Node[], scope: Scope): Value {
    if (REFUSED.includes(name)) throw unsupported(this.operation, `the function ${name}`);
    const known = FUNCTIONS[name];
    if (!known) throw mathError(scope.id, `Unknown function ${name}`);
    return known(
      args.map((arg) => this.argument(arg, scope)),
      scope,
    );
  }

  private argument(arg: Node, scope: Scope): Argument {
    if (arg.kind === 'text') return { kind: 'word', word: arg.value };
    if (arg.kind === 'name' && /^[A-Z]/.test(arg.name)) return { kind: 'word', word: arg.name };
    return this.node(arg, scope);
  }
}

/** Metrics of a service, with its deployments as upright marks. */
import type { MetricGroup, Metrics } from '../../model/metrics.ts';
import type { Now } from '../../model/now.ts';
import { type Child, h } from '../base/dom.ts';
import { drawn, problemBox } from '../base/problem.ts';
import { address, choose, type Route } from '../base/route.ts';
import { piece } from '../base/store.ts';
import { isNarrow, width } from '../base/width.ts';
import { table } from '../deployment/twin.ts';
import type { View } from '../main.ts';
import { figureOf, LINES, lastOf, metricChart } from './chart.ts';

const SPANS = [
  ['3', '3 hours'],
  ['24', 'day'],
  ['168', 'week'],
] as const;

export function metrics({ parts, query }: Route): View {
  const rows = piece<Now>('/api/now').value?.rows ?? [];
  const [environment, service] = parts.length === 2 ? parts : [rows[0]?.environment, rows[0]?.service];
  const hours = query.get('hours') ?? '3';
  const known =
    environment && service
      ? piece<Metrics>(
          `/api/metrics/${encodeURIComponent(environment)}/${encodeURIComponent(service)}?hours=${encodeURIComponent(hours)}`,
        )
      : null;
  const title = environment && service ? `${service} in ${environment}` : 'Metrics';
  return {
    title: `Metrics, ${title}`,
    keys: [
      {
        press: 'f',
        does: 'service',
        foot: true,
        run: { f: () => document.querySelector<HTMLElement>('.pick select')?.focus() },
      },
    ],
    content: h(
      'div.metrics',
      {},
      h(
        'div.title',
        {},
        h('h1', {}, title),
        rows.length > 0 && services(rows, environment ?? '', service ?? '', hours),
        h(
          'label.pick',
          {},
          'Last',
          h(
            'select',
            { onchange: ({ target }: Event) => choose('hours', (target as HTMLSelectElement).value) },
            SPANS.map(([value, text]) => h('option', { value, selected: value === hours }, text)),
          ),
        ),
      ),
      known
        ? drawn(known, 'the metrics', (value) => charts(value))
        : h('p.waiting', {}, 'No environment names a service yet.'),
    ),
  };
}

function services(rows: Now['rows'], environment: string, service: string, hours: string): HTMLElement {
  return h(
    'label.pick',
    {},
    'Service',
    h(
      'select',
      {
        onchange: ({ target }: Event) => {
          location.hash = address('metrics', (target as HTMLSelectElement).value.split('/'), { hours });
        },
      },
      rows.map((row) =>
        h(
          'option',
          {
            value: `${row.environment}/${row.service}`,
            selected: row.environment === environment && row.service === service,
          },
          `${row.service} in ${row.environment}`,
        ),
      ),
    ),
  );
}

function charts(value: Metrics): Child {
  const columns = isNarrow() || width() < 900 ? 1 : 2;
  const wide = Math.floor((width() - (columns - 1) * 16) / columns) - columns;
  return [
    value.groups.length === 0 && h('div.panel.empty', {}, 'This service has published no metric yet.'),
    h(
      'div.metricgrid',
      { class: columns === 2 ? 'two' : null },
      value.groups.map((group) => panel(group, value, wide)),
    ),
    value.deployments.length > 0 &&
      h(
        'p.dim.under',
        {},
        'Upright lines: ',
        value.deployments.map(({ id, release, mark }, index) => [
          index > 0 && ', ',
          h('a', { href: address('deployment', [id]) }, `${release} ${mark}`),
        ]),
      ),
  ];
}

function panel(group: MetricGroup, value: Metrics, wide: number): HTMLElement {
  const { title, unit, series } = group;
  return h(
    'section.panel.metric',
    { 'aria-label': title, 'data-key': title },
    h(
      'div.head',
      {},
      h('h2', {}, title),
      series.known &&
        h(
          'div.legend',
          {},
          series.value.map(({ label, values }, index) =>
            h(
              'span',
              {},
              h('i', { class: LINES[index % LINES.length] ?? '', 'aria-hidden': 'true' }),
              `${label} `,
              h('b', {}, figureOf(lastOf(values), unit)),
            ),
          ),
        ),
    ),
    series.known
      ? series.value.some(({ values }) => values.some((one) => one !== null))
        ? [metricChart(group, series.value, value, wide), twin(group, series.value)]
        : h('p.waiting', {}, 'Nothing was measured in this time.')
      : problemBox(series.problem),
  );
}

function twin(
  { unit, title }: MetricGroup,
  series: readonly { label: string; values: readonly (number | null)[] }[],
): HTMLElement {
  const rows = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    const edge = (pick: (...all: number[]) => number) =>
      figureOf(known.length > 0 ? pick(...known) : null, unit);
    return [label, figureOf(lastOf(values), unit), edge(Math.min), edge(Math.max)];
  });
  return h(
    'details.twin',
    {},
    h('summary', {}, 'The same as a table'),
    table(`${title}, as a table`, ['Series', 'Now', 'Least', 'Most'], rows),
  );
}

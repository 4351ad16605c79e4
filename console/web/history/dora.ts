/** The four figures: how often, how soon, how many fail, how long until it is well again. */
import type { DoraFigures } from '../../../core/dora.ts';
import type { History } from '../../model/history.ts';
import { type Child, h } from '../base/dom.ts';
import { lasted, took } from '../base/format.ts';
import { bars, lollipops, squares, twoLines } from './dora-charts.ts';

export function doraPanels({ dora, days }: History): HTMLElement {
  const { frequency, leadTime, failureRate, restore } = dora;
  return h(
    'div.dora',
    {},
    panel('Deployments, one square each', frequencyFigure(frequency), squares(frequency.days), null),
    panel('Lead time, commit to release', leadFigure(leadTime), twoLines(leadTime.weeks), [
      `${leadTime.weeks.length} weeks`,
      'dashed: p90',
    ]),
    panel('Changes that failed', failureFigure(failureRate), bars(failureRate.weeks), [
      `${failureRate.weeks.length} weeks`,
      'last one: this week',
    ]),
    panel('Time to restore', restoreFigure(restore), lollipops(restore.failures), [
      `${Math.max(days, 90)} days`,
      'one mark a failure',
    ]),
  );
}

function panel(title: string, figure: Child, chart: Child, under: readonly string[] | null): HTMLElement {
  return h(
    'section.panel.figure',
    { 'aria-label': title },
    h('h2', {}, title),
    h('p.big', {}, figure),
    chart,
    under &&
      h(
        'p.under',
        {},
        under.map((text) => h('span', {}, text)),
      ),
  );
}

const big = (value: string, unit: string) => [h('b', {}, value), unit && h('span', {}, ` ${unit}`)];
const aside = (text: string) => h('span.dim', {}, `  ${text}`);
const nothing = (why: string) => h('span.dim', {}, why);

function frequencyFigure({ perDay, before }: DoraFigures['frequency']): Child {
  return [big(aDay(perDay), 'a day'), before !== null && aside(`was ${aDay(before)}`)];
}

/** `3.8`, `0.03`. */
const aDay = (value: number) => value.toFixed(value > 0 && value < 0.95 ? 2 : 1);

function leadFigure({ median, p90, before }: DoraFigures['leadTime']): Child {
  if (median === null) return nothing('No release whose commit’s time is known.');
  const parts = [before !== null && `was ${lasted(before)}`, p90 !== null && `p90 ${lasted(p90)}`].filter(
    Boolean,
  );
  return [big(lasted(median), ''), parts.length > 0 && aside(parts.join(', '))];
}

function failureFigure({ percent, before, failed, of }: DoraFigures['failureRate']): Child {
  if (percent === null) return nothing('No release yet.');
  return [
    big(percent.toFixed(1), '%'),
    aside(`${before !== null ? `was ${before.toFixed(1)}; ` : ''}${failed} of ${of}`),
  ];
}

function restoreFigure({ median, worst, failures }: DoraFigures['restore']): Child {
  if (median === null)
    return nothing(failures.length === 0 ? 'Nothing had to be restored.' : 'Not restored yet.');
  return [big(took(median), ''), aside(`median${worst !== null ? `; worst ${lasted(worst)}` : ''}`)];
}

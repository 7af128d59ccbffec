import { NEEDLE } from './log-data.ts'

/** A kind of question about the lines of `log-data.ts`. */
export interface LogShape {
  readonly name: string
  readonly path: string
  /**
   * Different each time, the text that is looked for, too, so that nothing is answered from a cache of what was asked before: the engine
   * remembers where no line holds a text.
   */
  readonly query: (round: number) => string
  readonly parameters?: Readonly<Record<string, string>>
  /** What `grep` is asked over the same lines. */
  readonly grep?: readonly string[]
}

/** The last shape: a day of every minute, by a field of the lines. */
export const COUNTED_DAY: LogShape = {
  name: '`sum by (level) (count_over_time({…} \\| json [1m]))` over 24 h, all lines',
  path: 'query_range',
  query: (i) => `sum by (level) (count_over_time({cluster=~"one|${i}"} | json [1m]))`,
  parameters: { step: '60' },
}

export function logShapes(streams: number): readonly LogShape[] {
  const inLines = (name: string, query: LogShape['query'], grep?: readonly string[]): LogShape => ({
    ...{ name, path: 'query_range', query },
    ...(grep === undefined ? {} : { grep }),
  })
  const counted = (name: string, query: LogShape['query']): LogShape => ({
    ...{ name, path: 'query_range', query },
    parameters: { step: '60' },
  })
  return [
    inLines('last 100 lines of a stream', (i) => `{pod="pod-${i + 7}"}`),
    inLines(`newest 100 over ${streams} streams`, (i) => `{cluster=~"one|${i}"}`),
    inLines(
      'a needle of whole words that exists once',
      (i) => `{cluster="one"} |= "payment ${NEEDLE} ${'was taken back'.slice(0, 3 + i)}"`,
      ['-F', `payment ${NEEDLE} was`],
    ),
    inLines(
      'a needle inside a word',
      (i) => `{cluster="one"} |= "${'eedfacecaf'.slice(i % 4, 6 + i)}"`,
      ['-F', 'eedfac'],
    ),
    inLines('a needle that does not exist', (i) => `{cluster="one"} |= "n0where${i}"`, [
      ...['-F', 'n0where'],
    ]),
    inLines(
      'a regex',
      (i) => `{cluster="one"} |~ "${'payment '.slice(i % 5)}.*-fe+dface.* (was|${i})"`,
      [...['-E', 'payment .*-fe+dface.* (was|1)']],
    ),
    { name: 'label values', path: 'label/pod/values', query: () => '{cluster="one"}' },
    { name: 'index stats', path: 'index/stats', query: (i) => `{cluster=~"one|${i}"}` },
    {
      name: 'volume by hour',
      path: 'index/volume_range',
      query: (i) => `{cluster=~"one|${i}"}`,
      parameters: { step: '3600' },
    },
    counted(
      '`sum by (app) (rate({…} [1m]))` over 24 h, all lines',
      (i) => `sum by (app) (rate({cluster=~"one|${i}"}[1m]))`,
    ),
    counted(
      '`sum(count_over_time({…} \\|= "error" [1m]))` over 24 h, all lines',
      (i) => `sum(count_over_time({cluster=~"one|${i}"} |= "error" [1m]))`,
    ),
    counted(
      '`sum by (app) (count_over_time({…} \\| json \\| status >= 500 [1m]))` over 24 h, all lines',
      (i) => `sum by (app) (count_over_time({cluster=~"one|${i}"} | json | status >= 500 [1m]))`,
    ),
    counted(
      '`quantile_over_time(0.99, {…} \\| json \\| unwrap took_ms [5m]) by (app)` over 24 h, a twentieth of the lines',
      (i) => `quantile_over_time(0.99, {app="app-${i}"} | json | unwrap took_ms [5m]) by (app)`,
    ),
    COUNTED_DAY,
  ]
}

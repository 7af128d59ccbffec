import { describe, expect, it } from 'vitest'
import { parse } from '../../lang/logql/parse.ts'
import type { LogqlResult } from '../logs/logql.ts'
import { evaluateMetric } from './evaluate-metric.ts'
import { MemoryLines } from './testing/memory-lines.ts'

const SECOND = 1_000_000_000n
const LIMITS = { maxStreams: 100, maxSeries: 5, maxSamples: 100 }

/** Six lines of a web server in a minute, two of a database. */
function source(): MemoryLines {
  const lines = new MemoryLines()
  const web = { app: 'web', env: 'prod' }
  for (let i = 1; i <= 6; i++) {
    const text = `method=${i % 2 === 0 ? 'GET' : 'PUT'} took=${i}s size=${i}kB`
    lines.add([{ labels: web, timestampNs: BigInt(i * 10) * SECOND, text }])
  }
  lines.add([
    { labels: { app: 'db' }, timestampNs: 20n * SECOND, text: 'took=soon' },
    { labels: { app: 'db' }, timestampNs: 60n * SECOND, text: 'took=1s' },
  ])
  return lines
}

async function evaluate(
  query: string,
  range?: { from: number; to: number; step: number },
): Promise<LogqlResult> {
  const { expr, faults } = parse(query)
  if (!expr || expr.kind === 'log') throw new Error(faults[0]?.message ?? 'no metric query')
  const seconds = (value: number): bigint => BigInt(value) * SECOND
  return evaluateMetric(
    source(),
    expr,
    {
      query,
      startNs: seconds(range?.from ?? 60),
      endNs: seconds(range?.to ?? 60),
      isInstant: range === undefined,
      stepNs: seconds(range?.step ?? 0),
      intervalNs: 0n,
      direction: 'forward',
      limit: 0,
      maxEntries: 0,
      signal: new AbortController().signal,
    },
    LIMITS,
  )
}

/** The series of a result as `{labels} value value …`. */
function show(result: LogqlResult): string[] {
  if (result.type === 'scalar') return [String(result.value)]
  if (result.type === 'streams') throw new Error('lines')
  return result.series.map(({ labels, values, timestampsMs }) => {
    const points = Array.from(values, (value, i) =>
      result.type === 'vector' ? String(value) : `${value}@${(timestampsMs[i] ?? 0) / 1000}`,
    )
    return [labels.toString(), ...points].join(' ')
  })
}

const WEB = '{app="web"}'

describe('metric queries at one time', () => {
  it.each([
    [`count_over_time(${WEB}[1m])`, ['{app="web", env="prod"} 6']],
    [`bytes_over_time(${WEB}[20s])`, ['{app="web", env="prod"} 54']],
    [`sum by (env) (bytes_rate(${WEB}[20s]))`, ['{env="prod"} 2.7']],
    [`count_over_time(${WEB}[30s])`, ['{app="web", env="prod"} 3']],
    [`count_over_time(${WEB}[30s] offset 30s)`, ['{app="web", env="prod"} 3']],
    [`rate(${WEB} |= "GET" [1m])`, ['{app="web", env="prod"} 0.05']],
    [
      `sum by (method) (count_over_time(${WEB} | logfmt [1m]))`,
      ['{method="GET"} 3', '{method="PUT"} 3'],
    ],
    [`max_over_time(${WEB} | logfmt | unwrap duration(took) [1m]) by (app)`, ['{app="web"} 6']],
    [`sum(sum_over_time(${WEB} | logfmt | unwrap bytes(size) [1m]))`, ['{} 21000']],
    [`quantile_over_time(0.5, ${WEB} | logfmt | unwrap duration(took) [1m]) by ()`, ['{} 3.5']],
    [`first_over_time(${WEB} | logfmt | unwrap duration(took) [1m]) by (env)`, ['{env="prod"} 1']],
    [
      `stddev_over_time(${WEB} | logfmt | unwrap duration(took) [20s]) by (env)`,
      ['{env="prod"} 0.5'],
    ],
    [`absent_over_time({app="none", env=~".+"}[1m])`, ['{app="none"} 1']],
    [`absent_over_time(${WEB}[1m])`, []],
    ['topk(1, count_over_time({app=~".+"}[1m]))', ['{app="web", env="prod"} 6']],
    ['sort(count_over_time({app=~".+"}[1m]))', ['{app="db"} 2', '{app="web", env="prod"} 6']],
    ['avg(count_over_time({app=~".+"}[1m]))', ['{} 4']],
    [`count_over_time(${WEB}[1m]) / on (app) count_over_time(${WEB}[30s])`, ['{app="web"} 2']],
    ['count_over_time({app=~".+"}[1m]) > 3', ['{app="web", env="prod"} 6']],
    ['count_over_time({app=~".+"}[1m]) > bool 3', ['{app="db"} 0', '{app="web", env="prod"} 1']],
    [`sum(count_over_time({app="none"}[1m])) or vector(0)`, ['{} 0']],
    [`count_over_time(${WEB}[1m]) unless on (app) count_over_time(${WEB}[30s])`, []],
    [
      `label_replace(count_over_time(${WEB}[1m]), "short", "$1", "app", "(.).*")`,
      ['{app="web", env="prod", short="w"} 6'],
    ],
    ['1 + 2 * 3', ['7']],
  ])('%s', async (query, expected) => {
    expect(show(await evaluate(query))).toEqual(expected)
  })
})

describe('metric queries over a range', () => {
  it.each([
    [`count_over_time(${WEB}[20s])`, ['{app="web", env="prod"} 1@10 2@40 1@70']],
    [`sum(sum_over_time(${WEB} | logfmt | unwrap duration(took)[20s])) > 3`, ['{} 7@40 6@70']],
    ['vector(1)', ['{} 1@10 1@40 1@70']],
  ])('%s', async (query, expected) => {
    expect(show(await evaluate(query, { from: 10, to: 70, step: 30 }))).toEqual(expected)
  })
})

describe('what is refused', () => {
  it.each([
    [
      'avg_over_time({app="db"} | logfmt | unwrap took [1m])',
      "pipeline error: 'SampleExtractionErr'",
    ],
    ['count_over_time({app="db"} | json [1m])', "pipeline error: 'JSONParserErr'"],
    [
      `count_over_time(${WEB}[1m]) + ignoring (app, env) count_over_time({app=~".+"}[1m])`,
      'found duplicate series on the right',
    ],
    [
      `count_over_time({app=~".+"}[1m]) + on () count_over_time(${WEB}[1m])`,
      'many-to-one matching must be explicit',
    ],
    [
      `sum(avg_over_time({app=~".+"} | logfmt | unwrap took | __error__!="x" [1m]))`,
      'pipeline error',
    ],
    [`count_over_time(${WEB} | logfmt [1m])`, 'maximum number of series (5) reached'],
  ])('%s', async (query, message) => {
    await expect(evaluate(query)).rejects.toThrow(message)
  })

  it('is also what would hold too much', async () => {
    const query = `count_over_time(${WEB} | logfmt [1m])`
    await expect(evaluate(`max(${query})`)).resolves.toHaveProperty('series.length', 1)
    const range = { from: 0, to: 100, step: 1 }
    await expect(evaluate(`max(${query})`, range)).rejects.toThrow('more than 100 values at once')
  })

  it('is also what would not end', async () => {
    const range = { from: 0, to: 100_000, step: 1 }
    await expect(evaluate('vector(1)', range)).rejects.toThrow('exceeded maximum resolution')
    const approximate = `approx_topk(1, count_over_time(${WEB}[1m]))`
    await expect(evaluate(approximate, { from: 0, to: 60, step: 30 })).rejects.toThrow(
      'only supported on instant queries',
    )
  })
})

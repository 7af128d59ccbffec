import { expect, it } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import { Problem } from '../../src/model/problem.ts'
import { chooseSeed, createRandom, type Random } from '../e2e/tools/random.ts'
import { batchOf, linesOver, NOON_NS, type TestLine } from './lines-harness.ts'
import { range, StoreHarness } from './store-harness.ts'
import { TallyComparison } from './tally-comparison.ts'

const SECOND_NS = 1_000_000_000n
const LINES = 800
const ROUNDS = { once: 50, twice: 15 }
const open = linesOver(new StoreHarness())

const NAMES = ['level', 'status', 'app', 'http_status', 'took', 'trace', 'level_extracted'] as const
const KEYS = [
  ...['level', 'level', 'level', 'status', 'status', 'app', 'http_status', 'http', 'took', 'trace'],
  ...[' level', 'level ', 'le vel', 'http.status', 'http-status', '@level', '', 'x', 'Level', '9'],
  ...['level_extracted', '__error__', String.raw`lev\u0065l`, 'lével', '_level'],
] as const
const VALUES = [
  ...['"info"', '"error"', '"info"', '500', '200', '-1.50e3', 'true', 'false', 'null', '""'],
  ...[String.raw`"a\"b"`, String.raw`"\u00e9\n"`, String.raw`"\ud800"`, String.raw`"\q"`, '"é"'],
  ...['{"level":"inner"}', '{"status":1,"":2}', '{}', '[]', '["level",1]', '[{"level":"x"}]'],
  ...[
    String.raw`"say \"level\":\"x\""`,
    '"{"',
    '"}"',
    '"level"',
    '01x',
    'nope',
    '"un',
    '{"a":{"b":1}}',
  ],
  ...['"10ms"', '"5KB"', '"x,y"', '" "', '"\t"'],
] as const

/** JSON more often than not, and now and then with other blanks, cut off or with something behind it. */
function lineOf(random: Random): string {
  if (random.between(0, 12) === 0) return random.pick(['', 'plain error', 'level=info', '{', '[1]'])
  const colon = random.pick([':', ':', ':', ': ', ' :'])
  const comma = random.pick([',', ',', ',', ', ', ' , '])
  const fields = range(random.between(0, 5)).map(() => {
    const value = random.between(0, 2) > 0 ? VALUES[random.between(0, 7)] : random.pick(VALUES)
    const key = random.between(0, 2) > 0 ? KEYS[random.between(0, 9)] : random.pick(KEYS)
    return `"${key}"${colon}${value}`
  })
  const text = `{${fields.join(comma)}}`
  const kind = random.between(0, 30)
  if (kind === 0) return text.slice(0, -2)
  if (kind === 1) return `${text} rest`
  if (kind === 2) return ` ${text}`
  return text
}

function stageOf(random: Random): string {
  const name = random.pick(NAMES)
  return random.pick([
    '| json',
    '| json',
    `| ${name}="info"`,
    `| ${name}!=""`,
    '| status >= 500',
    '| took > 5ms',
    `| ${name}=~"in.*|5.*"`,
    '| __error__=""',
    '| __error__!=""',
    `| drop ${name}`,
    `| keep ${name}, app`,
    '|= "error"',
    '!= "info" or "x"',
    '|= "level"',
    '|~ "(?i)ERR|5\\\\d+"',
    '!~ "^\\\\{.level"',
    '| logfmt',
    '| line_format "{{.level}}"',
  ])
}

/** Of numbers in fields, in labels and in structured metadata, and of what is none. */
function rangeOfValues(random: Random, stages: readonly string[], rest: string): string {
  const op = random.pick([
    ...(['sum_over_time(', 'avg_over_time(', 'min_over_time(', 'max_over_time('] as const),
    ...(['stddev_over_time(', 'stdvar_over_time(', 'quantile_over_time(0.9, '] as const),
    ...(['rate(', 'absent_over_time(', 'first_over_time(', 'rate_counter('] as const),
  ])
  const field = random.pick([
    ...([
      'status',
      'status',
      'took',
      'http_status',
      'duration(took)',
      'bytes(took)',
      'pod',
    ] as const),
  ])
  const clean = random.pick([' | __error__=""', ' | __error__=""', ''])
  const by = op.startsWith('rate') || op.startsWith('absent') ? '' : ' by (app, level)'
  return `${op}{app=~".+"} | json ${stages.join(' ')} | unwrap ${field}${clean} ${rest})${by}`
}

function queryOf(random: Random): string {
  const op = random.pick([
    ...(['count_over_time', 'count_over_time', 'rate', 'bytes_over_time'] as const),
    ...(['bytes_rate', 'absent_over_time'] as const),
  ])
  const stages = range(random.between(0, 4)).map(() => stageOf(random))
  const width = random.pick(['1s', '3s', '10s', '1m'])
  const offset = random.pick(['', '', ' offset 2s'])
  const selector = random.pick(['{app=~".+"}', '{app="web"}', '{env="a"}'])
  const isOfValues = random.between(0, 2) === 0
  const inner = isOfValues
    ? rangeOfValues(random, stages.slice(0, 1), `[${width}]${offset}`)
    : `${op}(${selector} ${stages.join(' ')} [${width}]${offset})`
  const names = range(random.between(1, 2)).map(() => random.pick(NAMES))
  return random.pick([
    inner,
    `sum by (${names.join(', ')}) (${inner})`,
    `sum by (${names.join(', ')}) (${inner})`,
    `sum without (${names.join(', ')}) (${inner})`,
    `sum(${inner})`,
    `max by (app) (${inner})`,
    `sum by (level) (${inner}) / sum by (level) (rate({app=~".+"} | json [10s]))`,
  ])
}

function linesOf(random: Random): TestLine[] {
  return range(LINES).map((i) => {
    const app = random.pick(['web', 'db'])
    const metadata = random.pick([
      {},
      {},
      {},
      { trace: 'a' },
      { level: 'meta', x: 'y' },
      { app: '' },
    ])
    return {
      stream: { app, ...(i % 3 === 0 ? { env: 'a' } : { pod: String(i % 5) }) },
      ns: NOON_NS + BigInt(random.between(0, 60)) * SECOND_NS + BigInt(random.between(0, 2000)),
      text: lineOf(random),
      metadata,
    }
  })
}

it('what the engine counts is what reading the lines counts', async () => {
  const random = createRandom(chooseSeed('lines-tally'))
  const { store } = await open()
  const lines = linesOf(random)
  await store.append(batchOf(lines))
  const comparison = new TallyComparison(store, random, queryOf)
  expect(await comparison.findDifference(ROUNDS.once)).toBeUndefined()
  // Lines that were sent again lie in another part, and those of one request twice in one.
  await store.append(batchOf([...lines.slice(0, 300), ...lines.slice(200, 300)]))
  expect(await comparison.findDifference(ROUNDS.twice)).toBeUndefined()
  expect(comparison.report('lines-tally')).toBeGreaterThan(0)
})

/** The engine's answer to a count of more than so many seconds. */
function outOfMemory(query: string, longestNs: bigint): Problem | undefined {
  if (!query.includes('uniqExact(line)')) return undefined
  const [, from, to] =
    /ts >= fromUnixTimestamp64Nano\(toInt64\((\d+)\).*?ts < fromUnixTimestamp64Nano\(toInt64\((\d+)\)/s.exec(
      query,
    ) ?? []
  if (from === undefined || to === undefined) throw new Error(`no range in ${query}`)
  if (BigInt(to) - BigInt(from) <= longestNs) return undefined
  const cause = Object.assign(new Error('memory limit exceeded'), { code: '241' })
  return new Problem('limit', 'the store: memory limit exceeded', { cause })
}

it('what is too much for one statement is counted in parts of a bucket', async () => {
  const random = createRandom(chooseSeed('lines-tally-parts'))
  const { store, client } = await open()
  await store.append(batchOf(linesOf(random)))
  let refused = 0
  client.refusalOf = (query) => {
    const refusal = outOfMemory(query, 5n * SECOND_NS)
    if (refusal !== undefined) refused++
    return refusal
  }
  const comparison = new TallyComparison(store, random, queryOf)
  expect(await comparison.findDifference(ROUNDS.twice)).toBeUndefined()
  const bounds = { signal: new AbortController().signal, maxStreams: 100 }
  const windows = { firstEndNs: NOON_NS, stepNs: SECOND_NS, steps: 65, rangeNs: SECOND_NS }
  const tally = await store.tally(
    {
      ...{
        matchers: [matcher('app', '=~', '.+')],
        needles: [],
        patterns: [],
        form: { isUtf8: false },
      },
      ...{ labels: [], sumsBytes: false, isOfValues: false, ...windows },
    },
    bounds,
  )
  expect(tally?.unread).toEqual([])
  expect(tally?.lines.reduce((sum, lines) => sum + lines, 0)).toBe(LINES)
  expect(refused).toBeGreaterThan(0)
})

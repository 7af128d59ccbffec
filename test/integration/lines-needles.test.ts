import { expect, it } from 'vitest'
import { createLogql } from '../../src/query/logs/create-logql.ts'
import type { LogqlRequest } from '../../src/query/logs/logql.ts'
import type { LinesSource } from '../../src/store/lines-source.ts'
import { chooseSeed, createRandom, type Random } from '../e2e/tools/random.ts'
import { batchOf, linesOver, NOON_NS } from './lines-harness.ts'
import { range, StoreHarness } from './store-harness.ts'

const LIMITS = { maxStreams: 10, maxSeries: 10, maxSamples: 1000 }
const open = linesOver(new StoreHarness())

const WORDS = [
  'error',
  'Error',
  'user',
  'id',
  '42',
  'disk',
  'ſoft',
  'K',
  'näh',
  '😀',
  'a_b',
  'x',
] as const
const SIGNS = [' ', '=', '-', '"', '\\', '%', '_', '.', '/', '', '\t', "'"] as const
const REGEXES = [
  'err.*id',
  '(?i)error',
  '(?i)DISK',
  'us(er|ing)',
  'id=?4',
  '[Ee]rror',
  'x|42',
  '^e',
] as const

function lineOf(random: Random): string {
  return range(random.between(1, 6))
    .map(() => random.pick(WORDS) + random.pick(SIGNS))
    .join('')
}

const TRACES = ['t1', 't2', "t'3", ''] as const

/** A filter of labels, of what is structured metadata in most lines. */
function labelFilterOf(random: Random): string {
  const one = (): string =>
    `${random.pick(['trace_id', 'trace_id', 'span', 'nothing'])}${random.pick(['=', '=', '!='])}${JSON.stringify(random.pick(TRACES))}`
  const joined = random.pick(['', '', ' and ', ' or '])
  return `| ${random.pick(['', '', 'logfmt | '])}${joined === '' ? one() : one() + joined + one()}`
}

function filterOf(random: Random): string {
  if (random.between(0, 2) === 0) return labelFilterOf(random)
  const text = (): string => {
    const whole = lineOf(random)
    const from = random.between(0, Math.max(0, whole.length - 2))
    return JSON.stringify(
      whole.slice(from, from + random.between(1, 8)).replaceAll(/[\ud800-\udfff]/g, ''),
    )
  }
  const op = random.pick(['|=', '|=', '!=', '|~', '!~', '|>'])
  if (op === '|~' || op === '!~') return `${op} ${JSON.stringify(random.pick(REGEXES))}`
  if (op === '|>') return `|> ${JSON.stringify(`<_>${random.pick(WORDS)}<_>`)}`
  return `${op} ${text()}${random.between(0, 3) === 0 ? ` or ${text()}` : ''}`
}

it('the engine takes no line away that a query would keep', async () => {
  const random = createRandom(chooseSeed('lines-needles'))
  const { store } = await open()
  await store.append(
    batchOf(
      range(400).map((i) => ({
        // One of the streams has a label of the name that is metadata elsewhere.
        stream: { app: 'web', i: String(i % 3), ...(i % 3 === 0 ? { trace_id: 't1' } : {}) },
        ns: NOON_NS + BigInt(i),
        text: random.between(0, 5) === 0 ? `trace_id=t2 ${lineOf(random)}` : lineOf(random),
        metadata: { trace_id: random.pick(TRACES), span: random.pick(TRACES) },
      })),
    ),
  )
  const without: LinesSource = {
    lines: (selection, bounds) => store.lines({ ...selection, needles: [], metadata: [] }, bounds),
    streams: (query) => store.streams(query),
    labelNames: (query) => store.labelNames(query),
    labelValues: (name, query) => store.labelValues(name, query),
    stats: (selection) => store.stats(selection),
    volume: (request) => store.volume(request),
  }
  let found = 0
  for (let round = 0; round < 80; round++) {
    const selector = random.pick(['{app="web"}', '{app="web", i!="0"}'])
    const query = `${selector} ${range(random.between(1, 3))
      .map(() => filterOf(random))
      .join(' ')}`
    const request: LogqlRequest = {
      query,
      startNs: NOON_NS,
      endNs: NOON_NS + 1000n,
      isInstant: false,
      stepNs: 1_000_000_000n,
      intervalNs: 0n,
      direction: random.pick(['forward', 'backward']),
      limit: 1000,
      maxEntries: 0,
      signal: new AbortController().signal,
    }
    const ask = async (source: LinesSource): Promise<string[]> => {
      const result = await createLogql(source, () => LIMITS).evaluate(request)
      const streams = result.type === 'streams' ? result.streams : []
      return streams.flatMap(({ entries }) => entries.map(({ line }) => line)).sort()
    }
    const wanted = await ask(without)
    expect([query, await ask(store)]).toEqual([query, wanted])
    found += wanted.length
  }
  expect(found).toBeGreaterThan(100)
})

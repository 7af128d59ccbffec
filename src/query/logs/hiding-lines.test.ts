import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { matcher } from '../../model/matcher.ts'
import type { LinesSource, Tally, TallyRequest } from '../../store/lines-source.ts'
import { HidingLines, type HiddenLines } from './hiding-lines.ts'
import type { LiveLines } from './live-tail.ts'
import { parseLinesQuery } from './plan-lines.ts'

const STREAMS = [Labels.from({ app: 'web' }), Labels.from({ app: 'db' })]
const TEXTS = ['one', 'secret two', 'three', 'secret four', 'five']

/** Line `i` stands at nanosecond `i`, of the streams in turn. */
function createBatch(): LogBatch {
  const bytes = Buffer.from(TEXTS.join(''))
  let end = 0
  return {
    streams: STREAMS,
    streamIndex: Uint32Array.from(TEXTS, (_, i) => i % 2),
    timestampsNs: BigInt64Array.from(TEXTS, (_, i) => BigInt(i)),
    bytes,
    ends: Uint32Array.from(TEXTS, (text) => (end += text.length)),
    metadata: [Labels.EMPTY, Labels.from({ trace: 'a' })],
    metadataIndex: Uint32Array.from(TEXTS, (_, i) => (i === 4 ? 1 : 0)),
  }
}

const NONE = new Uint32Array(0)
const TALLY: Tally = {
  ...{ streams: [], metadata: [], texts: [], unread: [] },
  ...{ streamIndex: NONE, metadataIndex: NONE, textIndex: NONE, first: NONE, end: NONE },
  ...{ lines: new Float64Array(0), bytes: new Float64Array(0), timesNs: new Float64Array(0) },
}

const source: LinesSource & LiveLines = {
  lines: async function* () {
    await Promise.resolve()
    yield createBatch()
  },
  tally: () => Promise.resolve(TALLY),
  streams: ({ selectors }) => ({
    values: STREAMS.filter((labels) =>
      selectors.some((all) => all.every((one) => one.matches(labels.get(one.name)))),
    ),
    truncated: false,
  }),
  labelNames: () => ({ values: ['app'], truncated: false }),
  labelValues: () => ({ values: [], truncated: false }),
  stats: () => Promise.resolve({ streams: 2, chunks: 2, bytes: 0, entries: TEXTS.length }),
  volume: () => Promise.resolve([]),
  onDurable: () => () => undefined,
}

const hidden = (query: string, startNs: bigint, endNs: bigint): HiddenLines => ({
  ...{ expr: parseLinesQuery(query), startNs, endNs },
})

async function read(hiding: HidingLines, app = '.+'): Promise<[string, string][]> {
  const rows: [string, string][] = []
  const selection = {
    ...{ matchers: [matcher('app', '=~', app)], startNs: 0n, endNs: 5n, needles: [], enough: 0 },
    direction: 'forward' as const,
  }
  const bounds = { signal: new AbortController().signal, maxStreams: 10 }
  for await (const batch of hiding.lines(selection, bounds)) {
    for (const [row, end] of batch.ends.entries()) {
      const text = Buffer.from(batch.bytes.subarray(lineStart(batch, row), end)).toString()
      const stream = batch.streams[batch.streamIndex[row] as number]?.get('app') ?? ''
      rows.push([`${batch.timestampsNs[row]} ${stream}`, text])
    }
  }
  return rows
}

it('shows all lines but those that are hidden, by stream, time and text', async () => {
  const hiding = new HidingLines(source)
  const all = await read(hiding)
  expect(all.map(([, text]) => text)).toEqual(TEXTS)
  hiding.hide([hidden('{app="web"}', 0n, 1n), hidden('{app="db"} |= "secret"', 2n, 5n)])
  expect(await read(hiding)).toEqual([
    ['1 db', 'secret two'],
    ['2 web', 'three'],
    ['4 web', 'five'],
  ])
  hiding.hide([hidden('{app=~".+"} | trace="a"', 0n, 5n)])
  expect((await read(hiding)).map(([, text]) => text)).toEqual(TEXTS.slice(0, 4))
  hiding.hide([hidden('{app=~".+"}', 0n, 5n)])
  expect(await read(hiding)).toEqual([])
  hiding.hide([])
  expect(await read(hiding)).toHaveLength(5)
})

it('has lines counted one by one only where some may be hidden', async () => {
  const hiding = new HidingLines(source)
  const bounds = { signal: new AbortController().signal, maxStreams: 10 }
  const tally = (app: string, firstEndNs: bigint): Promise<Tally | undefined> => {
    const asked: TallyRequest = {
      ...{ matchers: [matcher('app', '=', app)], needles: [], patterns: [] },
      form: { isUtf8: false },
      ...{
        labels: [],
        sumsBytes: false,
        isOfValues: false,
        firstEndNs,
        stepNs: 1n,
        steps: 2,
        rangeNs: 10n,
      },
    }
    return hiding.tally(asked, bounds)
  }
  hiding.hide([hidden('{app="web"}', 100n, 200n)])
  expect(await tally('db', 150n)).toBe(TALLY)
  expect(await tally('web', 150n)).toBeUndefined()
  expect(await tally('web', 98n)).toBe(TALLY)
  expect(await tally('web', 99n)).toBeUndefined()
  expect(await tally('web', 220n)).toBe(TALLY)
})

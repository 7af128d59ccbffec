import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { lineStart, type LineAppendResult, type LogBatch } from '../model/lines.ts'
import { DEFAULT_LINE_LIMITS, type LineLimits } from './line-limits.ts'
import { LineIngest, type PushOutcome } from './lines.ts'

const NOW = Date.UTC(2026, 4, 10, 12)
const NOW_NS = BigInt(NOW) * 1_000_000n
const HOUR_NS = 3_600_000_000_000n

interface Line {
  readonly stream?: Record<string, string>
  readonly ns?: bigint
  readonly text?: string
  readonly metadata?: Record<string, string>
}

function batchOf(lines: readonly Line[]): LogBatch {
  const streams: Labels[] = []
  const metadata: Labels[] = [Labels.EMPTY]
  const place = (sets: Labels[], labels: Labels): number => {
    const at = sets.findIndex((other) => other.key === labels.key)
    return at < 0 ? sets.push(labels) - 1 : at
  }
  const texts = lines.map(({ text = 'line' }) => Buffer.from(text))
  let end = 0
  return {
    streams,
    streamIndex: Uint32Array.from(lines, ({ stream = { app: 'web' } }) =>
      place(streams, Labels.from(stream)),
    ),
    timestampsNs: BigInt64Array.from(lines, ({ ns = NOW_NS }) => ns),
    bytes: Buffer.concat(texts),
    ends: Uint32Array.from(texts, (text) => (end += text.length)),
    metadata,
    metadataIndex: Uint32Array.from(lines, (line) =>
      place(metadata, Labels.from(line.metadata ?? {})),
    ),
  }
}

interface Pushed {
  readonly outcome: PushOutcome
  /** Texts that reached the sink. */
  readonly stored: readonly string[]
  readonly batch: LogBatch | undefined
  readonly discarded: Readonly<Record<string, number>>
}

async function push(
  lines: readonly Line[],
  limits: Partial<LineLimits> = {},
  result: Partial<LineAppendResult> = {},
): Promise<Pushed> {
  let batch: LogBatch | undefined
  const discarded: Record<string, number> = {}
  const ingest = new LineIngest(
    {
      append: (given) => {
        batch = given
        const accepted = given.ends.length
        return Promise.resolve({
          ...{ accepted, refusedStreams: [], refusedLines: 0, outOfBounds: 0 },
          ...result,
        })
      },
    },
    {
      limits: () => ({ ...DEFAULT_LINE_LIMITS, ...limits }),
      nowMs: () => NOW,
      onDiscarded: (reason, count) => (discarded[reason] = (discarded[reason] ?? 0) + count),
    },
  )
  const outcome = await ingest.push(batchOf(lines))
  const given: LogBatch | undefined = batch
  const stored =
    given === undefined
      ? []
      : Array.from(given.ends, (end, row) =>
          Buffer.from(given.bytes.subarray(lineStart(given, row), end)).toString(),
        )
  return { outcome, stored, batch, discarded }
}

describe('limits of log lines', () => {
  it('let good lines through as they are, in any order', async () => {
    const { outcome, stored } = await push([
      { ns: NOW_NS, text: 'b' },
      { ns: NOW_NS - 5n * HOUR_NS, text: 'a' },
      { ns: NOW_NS + 600_000_000_000n, text: 'ten minutes ahead' },
    ])
    expect(outcome).toEqual({ kind: 'stored', lines: 3 })
    expect(stored).toEqual(['b', 'a', 'ten minutes ahead'])
  })

  it('refuse what is too old or too new, and store the rest', async () => {
    const week = 7n * 24n * HOUR_NS
    const { outcome, stored, discarded } = await push([
      { ns: NOW_NS - week - 1n, text: 'old' },
      { ns: NOW_NS - week, text: 'a week' },
      { ns: NOW_NS + 600_000_000_001n, text: 'new' },
      { ns: 0n, text: '1970' },
    ])
    expect(stored).toEqual(['a week'])
    expect(outcome).toEqual({
      kind: 'invalid',
      lines: 1,
      message: [
        `1 errors like: entry for stream '{app="web"}' has timestamp too old: 2026-05-03T11:59:59Z, oldest acceptable timestamp is: 2026-05-03T12:00:00Z`,
        `1 errors like: entry for stream '{app="web"}' has timestamp too new: 2026-05-10T12:10:00Z`,
        `1 errors like: entry for stream '{app="web"}' has timestamp too old: 1970-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-05-03T12:00:00Z`,
      ].join('; '),
    })
    expect(discarded).toEqual({ greater_than_max_sample_age: 2, too_far_in_future: 1 })
    const old = await push([{ ns: 0n }], { rejectsOldLines: false })
    expect(old.outcome.kind).toBe('stored')
  })

  it('refuse lines that are too long, or cut them at a whole character', async () => {
    const lines = [{ text: '12345' }, { text: '123ä56' }, { text: 'ok' }]
    const refused = await push(lines, { maxLineBytes: 5 })
    expect(refused.stored).toEqual(['12345', 'ok'])
    expect(refused.outcome).toMatchObject({
      kind: 'invalid',
      message: `max entry size '5' bytes exceeded for stream '{app="web"}' while adding an entry with length '7' bytes`,
    })
    const cut = await push(lines, { maxLineBytes: 4, truncatesLines: true })
    expect(cut.stored).toEqual(['1234', '123', 'ok'])
    expect(cut.outcome).toEqual({ kind: 'stored', lines: 3 })
    const marked = await push(lines, {
      ...{ maxLineBytes: 5, truncatesLines: true, truncateIdentifier: '…' },
    })
    expect(marked.stored).toEqual(['12345', '12…', 'ok'])
    const default256 = await push([{ text: 'x'.repeat(256 * 1024 + 1) }])
    expect(default256.discarded).toEqual({ line_too_long: 1 })
  })

  it('refuse streams for their labels, once a stream', async () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`l${i}`, 'x']))
    const { outcome, stored } = await push([
      { stream: {}, text: 'none' },
      { stream: {}, text: 'none' },
      { stream: many, text: 'many' },
      { stream: { ...many, l15: '', service_name: 'free' }, text: 'service_name is not counted' },
      { stream: { a: 'v'.repeat(2049) }, text: 'value' },
      { stream: { ['n'.repeat(1025)]: 'v' }, text: 'name' },
    ])
    expect(stored).toEqual(['service_name is not counted'])
    expect(outcome.kind).toBe('invalid')
    const { message } = outcome.kind === 'invalid' ? outcome : { message: '' }
    expect(
      message.split(/; (?=1)/).map((part) => part.replace(/'\{.*?\}'/, 'S').slice(0, 72)),
    ).toEqual([
      '1 errors like: error at least one label pair is required per stream',
      '1 errors like: entry for stream S has 16 label names; limit 15',
      `1 errors like: stream S has label value too long: '${'v'.repeat(21)}`,
      `1 errors like: stream S has label name too long: '${'n'.repeat(22)}`,
    ])
  })

  it('bound structured metadata', async () => {
    const metadata = { a: '1', b: '2' }
    expect((await push([{ metadata }])).outcome.kind).toBe('stored')
    const outcomes = await Promise.all([
      push([{ metadata }, {}], { allowsStructuredMetadata: false }),
      push([{ metadata }, {}], { maxStructuredMetadataBytes: 3 }),
      push([{ metadata }, {}], { maxStructuredMetadataEntries: 1 }),
    ])
    expect(outcomes.map(({ discarded }) => discarded)).toEqual([
      { disallowed_structured_metadata: 1 },
      { structured_metadata_too_large: 1 },
      { structured_metadata_too_many: 1 },
    ])
    for (const { outcome } of outcomes) expect(outcome).toMatchObject({ kind: 'invalid', lines: 1 })
  })

  it('tell of streams that were too many', async () => {
    const { outcome } = await push(
      [{}],
      {},
      {
        ...{ accepted: 0, refusedLines: 1, refusedStreams: [Labels.from({ app: 'web' })] },
      },
    )
    expect(outcome).toMatchObject({ kind: 'limited', lines: 0 })
    expect(outcome.kind === 'limited' && outcome.message).toMatch(
      /^maximum active stream limit exceeded when trying to create stream \{app="web"\}, reduce/,
    )
  })

  it('bound the rate where they are told to', async () => {
    const limits = { ratePerSecondBytes: 10, burstBytes: 12 }
    expect((await push([{ text: 'x'.repeat(12) }], limits)).outcome.kind).toBe('stored')
    const { outcome, stored } = await push([{ text: 'x'.repeat(13) }], limits)
    expect(stored).toEqual([])
    expect(outcome.kind === 'limited' && outcome.message).toContain(
      "(limit: 10 bytes/sec) while attempting to ingest '1' lines totaling '13' bytes",
    )
  })

  it('name the service where they are told to', async () => {
    const discoverServiceName = ['service', 'app']
    const { batch } = await push(
      [{ stream: { app: 'web' } }, { stream: { x: 'y' } }, { stream: { service_name: 'own' } }],
      { discoverServiceName },
    )
    expect(batch?.streams.map(String)).toEqual([
      '{app="web", service_name="web"}',
      '{service_name="unknown_service", x="y"}',
      '{service_name="own"}',
    ])
  })

  it('get the level that a label, metadata or the text says, when levels are wanted', async () => {
    const { batch } = await push(
      [
        { text: 'an error' },
        { text: 'an error', stream: { app: 'web', level: 'Warning' } },
        { text: 'an error', stream: { app: 'web', level: 'own' }, metadata: { severity: 'info' } },
        { text: 'an error', metadata: { severity: 'INF', trace: 'x' } },
        { text: 'an error', metadata: { severity_number: '5' } },
        { text: 'an error', metadata: { detected_level: 'ERR' } },
        { text: 'an error', metadata: { detected_level: 'info' } },
        { text: 'nothing' },
      ],
      { discoversLevels: true },
    )
    const sets = Array.from(batch?.metadataIndex ?? [], (set) => batch?.metadata[set]?.toString())
    expect(sets).toEqual([
      '{detected_level="error"}',
      '{detected_level="warn"}',
      '{detected_level="own", severity="info"}',
      '{detected_level="info", severity="INF", trace="x"}',
      '{detected_level="debug", severity_number="5"}',
      '{detected_level="error"}',
      '{detected_level="info"}',
      '{detected_level="unknown"}',
    ])
    expect(batch?.metadata[0]?.size).toBe(0)
  })

  it('spread lines of one time where they are told to', async () => {
    const web = { app: 'web' }
    const db = { app: 'db' }
    const lines: readonly Line[] = [
      { stream: web, text: 'a' },
      { stream: db, text: 'a' },
      { stream: web, text: 'b' },
      { stream: web, text: 'b' },
      { stream: web, text: 'c' },
      { stream: web, text: 'd', ns: NOW_NS + 9n },
      { stream: web, text: 'e' },
    ]
    const times = async (limits: Partial<LineLimits>) =>
      Array.from((await push(lines, limits)).batch?.timestampsNs ?? [], (ns) => Number(ns - NOW_NS))
    expect(await times({})).toEqual([0, 0, 0, 0, 0, 9, 0])
    // The same text again at the same time is one line, as without.
    expect(await times({ spreadsEqualTimes: true })).toEqual([0, 0, 1, 1, 2, 9, 0])
  })

  it('refuse a push without streams', async () => {
    expect((await push([])).outcome).toMatchObject({
      kind: 'empty',
      message: 'error at least one valid stream is required for ingestion',
    })
  })
})

import { afterEach } from 'vitest'
import { LineColumns } from '../../src/formats/loki-push/line-columns.ts'
import { Labels } from '../../src/model/labels.ts'
import { lineStart, type LogBatch } from '../../src/model/lines.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { LineSelection } from '../../src/store/lines-source.ts'
import { LinesStore, type LinesStoreOptions } from '../../src/store/lines-store.ts'
import { DAY, NOON, type StoreHarness } from './store-harness.ts'
import type { UnluckyClient } from './unlucky-client.ts'

/** A line as tests write it. */
export interface TestLine {
  readonly stream: Readonly<Record<string, string>>
  readonly ns: bigint
  readonly text: string
  readonly metadata?: Readonly<Record<string, string>>
}

export const NOON_NS = BigInt(NOON) * 1_000_000n

export function batchOf(lines: readonly TestLine[]): LogBatch {
  const columns = new LineColumns(1024)
  for (const { stream, ns, text, metadata = {} } of lines) {
    const bytes = Buffer.from(text)
    columns.setTimeNs(ns)
    columns.append(bytes, 0, bytes.length)
    columns.endLine(columns.stream(Labels.from(stream)), columns.metadataSet(Labels.from(metadata)))
  }
  return columns.finish()
}

/** The rows of a batch, one string each: `{stream} ns text {metadata}`. */
function showRows(batch: LogBatch): string[] {
  return Array.from(batch.ends, (end, row) => {
    const text = Buffer.from(batch.bytes.subarray(lineStart(batch, row), end)).toString()
    const stream = batch.streams[batch.streamIndex[row] as number] as Labels
    const metadata = batch.metadata[batch.metadataIndex[row] as number] as Labels
    const shown = metadata.size === 0 ? '' : ` ${metadata.toString()}`
    return `${stream.toString()} ${(batch.timestampsNs[row] as bigint) - NOON_NS} ${text}${shown}`
  })
}

export async function readAll(
  store: LinesStore,
  selection: Partial<LineSelection> = {},
): Promise<string[]> {
  const rows: string[] = []
  const portions = store.lines(
    {
      matchers: [matcher('app', '=~', '.+')],
      startNs: NOON_NS - 30n * 86_400_000_000_000n,
      endNs: NOON_NS + 86_400_000_000_000n,
      direction: 'forward',
      needles: [],
      enough: 0,
      ...selection,
    },
    { signal: new AbortController().signal, maxStreams: 100_000 },
  )
  for await (const batch of portions) rows.push(...showRows(batch))
  return rows
}

export interface OpenLines {
  readonly store: LinesStore
  readonly client: UnluckyClient
  readonly database: string
}

/** Stores of lines over the engine of a harness; each ends with its test. */
export function linesOver(
  harness: StoreHarness,
): (options?: Partial<LinesStoreOptions>, database?: string) => Promise<OpenLines> {
  const opened: LinesStore[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.stop(5000)
  })
  return async (options = {}, database) => {
    const { client, database: name } = await harness.open({}, database)
    const store = await LinesStore.open({
      client,
      nowMs: () => NOON,
      retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
      ...options,
    })
    opened.push(store)
    return { store, client, database: name }
  }
}

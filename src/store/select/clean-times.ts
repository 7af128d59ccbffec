import type { StoreClient } from '../client.ts'
import { SPAN_BUCKET_NS } from '../schema.ts'
import type { SpanRange } from '../spans-source.ts'
import { whereTime } from './span-times.ts'

/** Spans that one statement compares with each other: it remembers a number of each. */
const SPANS_A_STATEMENT = 400_000
/** Buckets written to that are told apart before all verifications under way count for nothing. */
const MOST_WRITTEN = 10_000

/** From one bucket to another, both included. */
interface Run {
  readonly first: number
  readonly last: number
}

interface Filled {
  readonly bucket: number
  readonly spans: number
}

/**
 * Knows in which times no span is stored twice, as one that was sent again may be until the engine has merged its rows. What was
 * looked at once is not looked at again before something is written there. A bucket is `SPAN_BUCKET_NS` of time.
 */
export class CleanTimes {
  #clean: readonly Run[] = []
  readonly #written = new Map<number, number>()
  #writes = 0
  /** Verifications that began before this write may have missed one. */
  #forgottenWrites = 0

  /** Spans of these buckets are about to be written, or just were. */
  noteWrite(buckets: Iterable<number>): void {
    this.#writes++
    if (this.#written.size > MOST_WRITTEN) {
      this.#written.clear()
      this.#forgottenWrites = this.#writes
    }
    for (const bucket of buckets) {
      this.#written.set(bucket, this.#writes)
      this.#clean = this.#clean.flatMap((run) => without(run, bucket))
    }
  }

  /** The parts of a range in which spans may be stored twice; everything else is clean. */
  async findDoubtful(
    client: StoreClient,
    range: SpanRange,
    signal: AbortSignal,
  ): Promise<readonly SpanRange[]> {
    const doubtful: SpanRange[] = []
    const whole = {
      first: Number(range.startNs / SPAN_BUCKET_NS),
      last: Number((range.endNs - 1n) / SPAN_BUCKET_NS),
    }
    for (const run of this.#unknownIn(whole)) {
      const begun = this.#writes
      const found = await verifyRun(client, run, signal)
      doubtful.push(...found)
      this.#remember(run, found, begun)
    }
    return doubtful
  }

  #unknownIn(whole: Run): readonly Run[] {
    let unknown: readonly Run[] = [whole]
    for (const clean of this.#clean) unknown = unknown.flatMap((run) => subtract(run, clean))
    return unknown
  }

  #remember(run: Run, doubtful: readonly SpanRange[], begun: number): void {
    if (begun < this.#forgottenWrites) return
    let clean: readonly Run[] = [run]
    for (const { startNs } of doubtful) {
      const bucket = Number(startNs / SPAN_BUCKET_NS)
      clean = clean.flatMap((one) => without(one, bucket))
    }
    for (const [bucket, write] of this.#written)
      if (write > begun) clean = clean.flatMap((one) => without(one, bucket))
    this.#clean = joinRuns([...this.#clean, ...clean])
  }
}

/** The buckets of the spans that fulfil a condition of SQL. */
export async function readBuckets(client: StoreClient, where: string): Promise<readonly number[]> {
  const rows = await client.rows(
    `SELECT DISTINCT toInt64(intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS})) AS bucket FROM {db}.spans WHERE ${where}`,
  )
  return rows.map((row) => Number(row['bucket']))
}

async function verifyRun(
  client: StoreClient,
  run: Run,
  signal: AbortSignal,
): Promise<readonly SpanRange[]> {
  const doubtful: SpanRange[] = []
  for (const group of groupBuckets(await readFilled(client, run, signal))) {
    const [first] = group
    const last = group.at(-1)
    if (!first || !last) continue
    if (group.length === 1) {
      doubtful.push(...(await verifyBucket(client, first, signal)))
      continue
    }
    const range = rangeOf({ first: first.bucket, last: last.bucket })
    if (await isClean(client, range, signal)) continue
    for (const one of group) doubtful.push(...(await verifyBucket(client, one, signal)))
  }
  return doubtful
}

/** The parts of one bucket, which may hold many spans, that are not clean. */
async function verifyBucket(
  client: StoreClient,
  { bucket, spans }: Filled,
  signal: AbortSignal,
): Promise<readonly SpanRange[]> {
  const { startNs } = rangeOf({ first: bucket, last: bucket })
  const parts = BigInt(Math.ceil(spans / SPANS_A_STATEMENT))
  const doubtful: SpanRange[] = []
  for (let part = 0n; part < parts; part++) {
    const range = {
      startNs: startNs + (SPAN_BUCKET_NS * part) / parts,
      endNs: startNs + (SPAN_BUCKET_NS * (part + 1n)) / parts,
    }
    if (!(await isClean(client, range, signal))) doubtful.push(range)
  }
  return doubtful
}

async function isClean(
  client: StoreClient,
  range: SpanRange,
  signal: AbortSignal,
): Promise<boolean> {
  const [row] = await client.rows(
    `SELECT count() AS spans, uniqExact(cityHash64(trace, span, ts)) AS distinct_spans FROM {db}.spans WHERE ${whereTime(range)}`,
    { signal },
  )
  return row?.['spans'] === row?.['distinct_spans']
}

async function readFilled(
  client: StoreClient,
  run: Run,
  signal: AbortSignal,
): Promise<readonly Filled[]> {
  const rows = await client.rows(
    `SELECT toInt64(intDiv(toUnixTimestamp64Nano(ts), ${SPAN_BUCKET_NS})) AS bucket, count() AS spans
     FROM {db}.spans WHERE ${whereTime(rangeOf(run))} GROUP BY bucket ORDER BY bucket`,
    { signal },
  )
  return rows.map((row) => ({ bucket: Number(row['bucket']), spans: Number(row['spans']) }))
}

/** Buckets that follow each other, so many that one statement can compare their spans. */
function groupBuckets(filled: readonly Filled[]): readonly (readonly Filled[])[] {
  const groups: Filled[][] = []
  let room = 0
  for (const one of filled) {
    room -= one.spans
    const group = groups.at(-1)
    if (group && room >= 0) group.push(one)
    else {
      groups.push([one])
      room = SPANS_A_STATEMENT - one.spans
    }
  }
  return groups
}

function rangeOf({ first, last }: Run): SpanRange {
  return { startNs: BigInt(first) * SPAN_BUCKET_NS, endNs: BigInt(last + 1) * SPAN_BUCKET_NS }
}

function without(run: Run, bucket: number): readonly Run[] {
  return subtract(run, { first: bucket, last: bucket })
}

function subtract(run: Run, taken: Run): readonly Run[] {
  if (taken.last < run.first || taken.first > run.last) return [run]
  return [
    { first: run.first, last: taken.first - 1 },
    { first: taken.last + 1, last: run.last },
  ].filter(({ first, last }) => first <= last)
}

function joinRuns(runs: readonly Run[]): readonly Run[] {
  const joined: Run[] = []
  for (const run of runs.toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1)
    if (before === undefined || run.first > before.last + 1) joined.push(run)
    else joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, run.last) }
  }
  return joined
}

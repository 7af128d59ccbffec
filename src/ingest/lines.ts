import { Labels } from '../model/labels.ts'
import type { LineSink, LogBatch } from '../model/lines.ts'
import { discoverLevels } from './discover-levels.ts'
import { GroupedErrors } from './grouped-errors.ts'
import { DEFAULT_LINE_LIMITS, type LineLimits } from './line-limits.ts'
import { selectLines } from './select-lines.ts'
import { spreadTimes } from './spread-times.ts'

const NS_PER_MS = 1_000_000n
const SERVICE_NAME = 'service_name'
const UNKNOWN_SERVICE = 'unknown_service'
/** Loki's name of the only tenant there is without tenants. */
const TENANT = 'fake'

/** What a push is answered with. */
export type PushOutcome =
  | { readonly kind: 'stored'; readonly lines: number }
  /** Nothing, or not all, was stored, and sending it again does not help. */
  | { readonly kind: 'invalid'; readonly message: string; readonly lines: number }
  /** The same, because of a limit that may not hold later. */
  | { readonly kind: 'limited'; readonly message: string; readonly lines: number }
  /** There was no stream in it. */
  | { readonly kind: 'empty'; readonly message: string; readonly lines: 0 }

export interface LineIngestOptions {
  readonly limits?: () => LineLimits
  readonly nowMs?: () => number
  /** Lines that were refused, by Loki's word for the reason. */
  readonly onDiscarded?: (reason: string, lines: number) => void
}

/**
 * Stands before a sink and holds log lines to the limits of Loki (pkg/distributor/validator.go): what breaks one is refused with
 * Loki's words, the rest of the push goes on. Lines may come in any order.
 */
export class LineIngest {
  readonly #sink: LineSink
  readonly #limits: () => LineLimits
  readonly #nowMs: () => number
  readonly #onDiscarded: (reason: string, lines: number) => void
  #allowance = Number.NaN
  #allowedAtMs = 0

  constructor(sink: LineSink, options: LineIngestOptions = {}) {
    this.#sink = sink
    this.#limits = options.limits ?? (() => DEFAULT_LINE_LIMITS)
    this.#nowMs = options.nowMs ?? Date.now
    this.#onDiscarded = options.onDiscarded ?? (() => undefined)
  }

  /** Rejects with the sink's `Problem` when nothing could be taken. */
  async push(batch: LogBatch): Promise<PushOutcome> {
    if (batch.streams.length === 0) {
      const message = 'error at least one valid stream is required for ingestion'
      return { kind: 'empty', message, lines: 0 }
    }
    const limits = this.#limits()
    const errors = new GroupedErrors()
    const named = withServiceName(batch, limits)
    const check = new LineCheck(named, limits, this.#nowMs(), (message, reason, lines) => {
      errors.add(message, lines)
      this.#onDiscarded(reason, lines)
    })
    const checked = check.run()
    const isLevelWanted = limits.discoversLevels && limits.allowsStructuredMetadata
    const levelled = isLevelWanted ? discoverLevels(checked, limits.levelFields) : checked
    const good = limits.spreadsEqualTimes ? spreadTimes(levelled) : levelled
    const rate = this.#checkRate(good, limits)
    if (rate !== undefined) return { kind: 'limited', message: rate, lines: 0 }
    const result = good.ends.length === 0 ? undefined : await this.#sink.append(good)
    const lines = result?.accepted ?? 0
    if (result !== undefined && result.outOfBounds > 0) {
      errors.add('timestamp is before 1970 or after 2099', result.outOfBounds)
      this.#onDiscarded('out_of_bounds', result.outOfBounds)
    }
    const [refused] = result?.refusedStreams ?? []
    if (refused !== undefined) {
      this.#onDiscarded('stream_limit', result?.refusedLines ?? 0)
      const message = `maximum active stream limit exceeded when trying to create stream ${refused.toString()}, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, user: '${TENANT}'`
      return { kind: 'limited', message, lines }
    }
    if (!errors.isEmpty) return { kind: 'invalid', message: errors.toString(), lines }
    return { kind: 'stored', lines }
  }

  /** Loki's words when the push is more than the rate allows now. */
  #checkRate({ bytes, ends }: LogBatch, limits: LineLimits): string | undefined {
    const { ratePerSecondBytes, burstBytes } = limits
    if (ratePerSecondBytes === 0) return undefined
    const nowMs = this.#nowMs()
    const before = Number.isNaN(this.#allowance) ? burstBytes : this.#allowance
    const gained = (Math.max(0, nowMs - this.#allowedAtMs) / 1000) * ratePerSecondBytes
    this.#allowance = Math.min(burstBytes, before + gained)
    this.#allowedAtMs = nowMs
    if (bytes.length <= this.#allowance) {
      this.#allowance -= bytes.length
      return undefined
    }
    this.#onDiscarded('rate_limited', ends.length)
    return `ingestion rate limit exceeded for user ${TENANT} (limit: ${ratePerSecondBytes} bytes/sec) while attempting to ingest '${ends.length}' lines totaling '${bytes.length}' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased`
  }
}

function withServiceName(batch: LogBatch, { discoverServiceName }: LineLimits): LogBatch {
  if (discoverServiceName.length === 0) return batch
  const streams = batch.streams.map((labels) => {
    if (labels.size === 0 || labels.has(SERVICE_NAME)) return labels
    const source = discoverServiceName.find((name) => labels.has(name))
    const value = source === undefined ? UNKNOWN_SERVICE : labels.get(source)
    return labels.with({ [SERVICE_NAME]: value })
  })
  return { ...batch, streams }
}

type Refuse = (message: string, reason: string, lines: number) => void

/** Goes over the lines of one push. */
class LineCheck {
  readonly #batch: LogBatch
  readonly #limits: LineLimits
  readonly #refuse: Refuse
  readonly #oldestNs: bigint
  readonly #newestNs: bigint
  /** The upper halves of times that are between the bounds, whatever the lower: no BigInt is made for those. */
  readonly #firstTimely: number
  readonly #lastTimely: number

  constructor(batch: LogBatch, limits: LineLimits, nowMs: number, refuse: Refuse) {
    this.#batch = batch
    this.#limits = limits
    this.#refuse = refuse
    const nowNs = BigInt(Math.floor(nowMs)) * NS_PER_MS
    this.#oldestNs = limits.rejectsOldLines
      ? nowNs - BigInt(limits.maxAgeMs) * NS_PER_MS
      : -(2n ** 63n)
    this.#newestNs = nowNs + BigInt(limits.maxAheadMs) * NS_PER_MS
    this.#firstTimely = Number(this.#oldestNs >> 32n) + 1
    this.#lastTimely = Number(this.#newestNs >> 32n) - 1
  }

  /** The batch without what is refused, and with long lines cut: the same object when nothing was to be done. */
  run(): LogBatch {
    const badStreams = this.#badStreams()
    const badMetadata = this.#badMetadata()
    const { streamIndex, timestampsNs, ends, metadataIndex } = this.#batch
    const { maxLineBytes, truncatesLines } = this.#limits
    const kept = new Uint32Array(ends.length)
    const { buffer, byteOffset } = timestampsNs
    const words = new Int32Array(buffer, byteOffset, timestampsNs.length * 2)
    let count = 0
    let isCut = false
    let start = 0
    for (let row = 0; row < ends.length; row++) {
      const end = ends[row] as number
      const length = end - start
      start = end
      if (badStreams?.has(streamIndex[row] as number) === true) continue
      const upper = words[row * 2 + 1] as number
      const isInside = upper >= this.#firstTimely && upper <= this.#lastTimely
      if (!isInside && !this.#isTimely(timestampsNs[row] as bigint, row)) continue
      if (maxLineBytes > 0 && length > maxLineBytes) {
        if (!truncatesLines) {
          const message = `max entry size '${maxLineBytes}' bytes exceeded for stream '${this.#streamOf(row)}' while adding an entry with length '${length}' bytes`
          this.#refuse(message, 'line_too_long', 1)
          continue
        }
        isCut = true
      }
      const fault = badMetadata?.get(metadataIndex[row] as number)
      if (fault !== undefined) {
        this.#refuse(`stream '${this.#streamOf(row)}' ${fault.message}`, fault.reason, 1)
        continue
      }
      kept[count++] = row
    }
    if (count === ends.length && !isCut) return this.#batch
    const { truncateIdentifier } = this.#limits
    const cut = isCut ? { maxLineBytes, suffix: truncateIdentifier } : undefined
    return selectLines(this.#batch, kept.subarray(0, count), cut)
  }

  #isTimely(timestampNs: bigint, row: number): boolean {
    if (timestampNs >= this.#oldestNs && timestampNs <= this.#newestNs) return true
    const stream = this.#streamOf(row)
    const time = formatTime(timestampNs)
    if (timestampNs < this.#oldestNs) {
      const message = `entry for stream '${stream}' has timestamp too old: ${time}, oldest acceptable timestamp is: ${formatTime(this.#oldestNs)}`
      this.#refuse(message, 'greater_than_max_sample_age', 1)
    } else {
      const message = `entry for stream '${stream}' has timestamp too new: ${time}`
      this.#refuse(message, 'too_far_in_future', 1)
    }
    return false
  }

  /** Streams whose labels break a limit; undefined, which is the rule, when none do. A stream counts as one error. */
  #badStreams(): ReadonlySet<number> | undefined {
    let bad: Set<number> | undefined
    const { streams } = this.#batch
    for (let at = 0; at < streams.length; at++) {
      const labels = streams[at] ?? Labels.EMPTY
      // Streams that the store has met were checked before.
      if (labels.slot >= 0) continue
      const fault = faultOfStream(labels, this.#limits)
      if (fault === undefined) continue
      bad ??= new Set()
      bad.add(at)
      this.#refuse(fault.message, fault.reason, 1)
    }
    return bad
  }

  #badMetadata(): ReadonlyMap<number, Fault> | undefined {
    let bad: Map<number, Fault> | undefined
    for (const [at, labels] of this.#batch.metadata.entries()) {
      const fault = labels.size === 0 ? undefined : faultOfMetadata(labels, this.#limits)
      if (fault === undefined) continue
      bad ??= new Map()
      bad.set(at, fault)
    }
    return bad
  }

  #streamOf(row: number): string {
    const labels = this.#batch.streams[this.#batch.streamIndex[row] as number] ?? Labels.EMPTY
    return labels.toString()
  }
}

interface Fault {
  readonly message: string
  readonly reason: string
}

function faultOfStream(labels: Labels, limits: LineLimits): Fault | undefined {
  if (labels.size === 0) {
    const message = 'error at least one label pair is required per stream'
    return { message, reason: 'missing_labels' }
  }
  // One that Loki itself may have added is not counted.
  const count = labels.size - (labels.has(SERVICE_NAME) ? 1 : 0)
  if (count > limits.maxLabelNames) {
    const message = `entry for stream '${labels.toString()}' has ${count} label names; limit ${limits.maxLabelNames}`
    return { message, reason: 'max_label_names_per_series' }
  }
  const { flat } = labels
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1] as string
    if (isLonger(name, limits.maxLabelNameBytes)) {
      const message = `stream '${labels.toString()}' has label name too long: '${name}'`
      return { message, reason: 'label_name_too_long' }
    }
    if (isLonger(value, limits.maxLabelValueBytes)) {
      const message = `stream '${labels.toString()}' has label value too long: '${value}'`
      return { message, reason: 'label_value_too_long' }
    }
  }
  return undefined
}

/** What is wrong with structured metadata, to be put behind the name of the stream. */
function faultOfMetadata(labels: Labels, limits: LineLimits): Fault | undefined {
  if (!limits.allowsStructuredMetadata) {
    const message =
      'includes structured metadata, but this feature is disallowed. Please see `limits_config.allow_structured_metadata` or contact your Loki administrator to enable it'
    return { message, reason: 'disallowed_structured_metadata' }
  }
  const { maxStructuredMetadataBytes, maxStructuredMetadataEntries } = limits
  const sizeBytes = labels.flat.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (maxStructuredMetadataBytes > 0 && sizeBytes > maxStructuredMetadataBytes) {
    const message = `has structured metadata too large: '${sizeBytes}' bytes, limit: '${maxStructuredMetadataBytes}' bytes. Please see \`limits_config.max_structured_metadata_size\` or contact your Loki administrator to increase it`
    return { message, reason: 'structured_metadata_too_large' }
  }
  if (maxStructuredMetadataEntries > 0 && labels.size > maxStructuredMetadataEntries) {
    const message = `has too many structured metadata labels: '${labels.size}', limit: '${maxStructuredMetadataEntries}'. Please see \`limits_config.max_structured_metadata_entries_count\` or contact your Loki administrator to increase it`
    return { message, reason: 'structured_metadata_too_many' }
  }
  return undefined
}

function isLonger(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes
}

/** RFC 3339 without a fraction. */
function formatTime(timestampNs: bigint): string {
  const timestampMs = Number(timestampNs / NS_PER_MS)
  return new Date(timestampMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

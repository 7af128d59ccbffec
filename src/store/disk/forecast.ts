import { settle, type DiskBudgetSettings } from './share-out.ts'
import { perSignal, SIGNALS, sumOf, type PerSignal } from './signals.ts'

/** What a forecast is made of. */
export interface Growing {
  readonly nowMs: number
  /** On the disk now. */
  readonly bytes: PerSignal<number>
  /** What the last hours brought. */
  readonly bytesPerSecond: PerSignal<number>
  /** The oldest that there is; undefined where there is nothing. */
  readonly oldestMs: PerSignal<number | undefined>
  /** How long each is kept; Infinity is for ever. */
  readonly retentionMs: PerSignal<number>
}

/** When a bound will be reached, and how far back each signal reaches then. */
export interface Forecast {
  /** 0 when it is reached already; undefined when it never will be: what is past its retention goes before. */
  readonly fullInMs: number | undefined
  /** From then on, or in the end when the bound is never reached; Infinity for ever, undefined for what does not grow. */
  readonly reachMs: PerSignal<number | undefined>
}

/**
 * What becomes of a bound when everything goes on as in the last hours: each signal grows until its first data is past its retention, and
 * from then on has what it gets in that time. When the bound is reached first, what the signals have is shared out
 * (share-out.ts), and each reaches as far back as its bytes last.
 */
export function forecast(
  growing: Growing,
  roomBytes: number,
  settings: Pick<DiskBudgetSettings, 'shares' | 'order'>,
): Forecast {
  const fullInMs = findFull(growing, roomBytes)
  const wants = perSignal((signal) => {
    const { bytesPerSecond, retentionMs, bytes } = growing
    const rate = bytesPerSecond[signal] / 1000
    return rate === 0 ? bytes[signal] : rate * Math.min(retentionMs[signal], FOR_EVER_MS)
  })
  const has = fullInMs === undefined ? wants : settle(wants, roomBytes, settings)
  return {
    fullInMs,
    reachMs: perSignal((signal) => {
      const rate = growing.bytesPerSecond[signal] / 1000
      if (rate === 0) return undefined
      const reachMs = Math.min(has[signal] / rate, growing.retentionMs[signal])
      return reachMs >= FOR_EVER_MS ? Number.POSITIVE_INFINITY : reachMs
    }),
  }
}

/** A hundred years. */
const FOR_EVER_MS = 100 * 365 * 86_400_000

/** The sum of what the signals have is a line with a knee where a signal's oldest data meets its retention. */
function findFull(growing: Growing, roomBytes: number): number | undefined {
  if (sumOf(growing.bytes) >= roomBytes) return 0
  const knees = perSignal((signal) => kneeMs(growing, signal))
  const times = [...SIGNALS.map((signal) => knees[signal]), FOR_EVER_MS].sort((a, b) => a - b)
  let beforeMs = 0
  let before = sumOf(growing.bytes)
  for (const atMs of times) {
    const at = sumOf(
      perSignal((signal) => {
        const grownMs = Math.min(atMs, knees[signal])
        return growing.bytes[signal] + (growing.bytesPerSecond[signal] / 1000) * grownMs
      }),
    )
    if (at >= roomBytes) {
      return beforeMs + ((atMs - beforeMs) * (roomBytes - before)) / (at - before)
    }
    beforeMs = atMs
    before = at
  }
  return undefined
}

/** From now until the signal no longer grows. */
function kneeMs(
  { nowMs, oldestMs, retentionMs }: Growing,
  signal: (typeof SIGNALS)[number],
): number {
  const ageMs = nowMs - (oldestMs[signal] ?? nowMs)
  return Math.min(Math.max(0, retentionMs[signal] - ageMs), FOR_EVER_MS)
}

import { perSignal, SIGNALS, sumOf, type PerSignal, type Signal } from './signals.ts'

/** How a bound on the whole data directory is divided (`storage.disk_budget`, `.disk_shares`, `.disk_order`). */
export interface DiskBudgetSettings {
  readonly budgetBytes: number
  /** What each signal may have when all want more, as parts of 1; together at most 1. What one leaves another may take. */
  readonly shares: PerSignal<number>
  /** Which signal gives back first what it has beyond its share. */
  readonly order: readonly Signal[]
}

/**
 * How many bytes each signal has to give so that all together have at most `roomBytes`: only who has more than its share gives, the
 * first of the order all that it has beyond it before the next gives anything. Where shares make less than the whole, or what is no
 * signal's takes room, shares are parts of what there is.
 */
export function shareOut(
  haveBytes: PerSignal<number>,
  roomBytes: number,
  { shares, order }: Pick<DiskBudgetSettings, 'shares' | 'order'>,
): PerSignal<number> {
  let excess = sumOf(haveBytes) - roomBytes
  const gives = { metrics: 0, logs: 0, traces: 0 }
  for (const signal of [...order, ...SIGNALS.filter((each) => !order.includes(each))]) {
    if (excess <= 0) break
    const beyond = haveBytes[signal] - shares[signal] * Math.max(0, roomBytes)
    const bytes = Math.min(excess, Math.max(0, beyond))
    gives[signal] = bytes
    excess -= bytes
  }
  return gives
}

/** What each signal has in the end when it would have so much, and all must live within `roomBytes`. */
export function settle(
  wantBytes: PerSignal<number>,
  roomBytes: number,
  settings: Pick<DiskBudgetSettings, 'shares' | 'order'>,
): PerSignal<number> {
  const gives = shareOut(wantBytes, roomBytes, settings)
  return perSignal((signal) => wantBytes[signal] - gives[signal])
}

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** What a budget means for the engine and for when to look. */
export interface DiskBounds {
  /** What may be on the disk before something has to go: the rest is for merges, which need room for what they make. */
  readonly limitBytes: number
  /** When something goes, so much more goes than has to: merges stop for it, so it is to be seldom. */
  readonly chunkBytes: number
  /** No part of a table may become larger by merging: parts are what can be dropped when only one day is left. */
  readonly largestMergeBytes: PerSignal<number>
}

/** Two merges may run at once, each of a twenty-fourth of the largest share: the reserve covers both. */
const PARTS_A_SHARE = 24
/** The engine's own bound (engine/settings.ts). */
const LARGEST_MERGE_BYTES = 4 * GIB

export function boundsOf({ budgetBytes, shares }: DiskBudgetSettings): DiskBounds {
  const reserveBytes = Math.max(budgetBytes * 0.05, Math.min(16 * MIB, budgetBytes / 5))
  const limitBytes = Math.floor(budgetBytes - reserveBytes)
  return {
    limitBytes,
    chunkBytes: Math.min(Math.max(budgetBytes * 0.02, MIB), 2 * GIB),
    largestMergeBytes: perSignal((signal) =>
      Math.round(
        Math.min(Math.max((shares[signal] * limitBytes) / PARTS_A_SHARE, MIB), LARGEST_MERGE_BYTES),
      ),
    ),
  }
}

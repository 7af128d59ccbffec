/** How long buckets can be, in milliseconds; the longest first. Part of the data on disk. */
export const RESOLUTIONS_MS: readonly number[] = [3_600_000, 300_000]

/** One resolution that is made of raw samples. */
export interface DownsamplingLevel {
  /** One of `RESOLUTIONS_MS`. */
  readonly resolutionMs: number
  /** A UTC day is made when it ended so long ago. At least a day: what comes later makes it be made again. */
  readonly afterMs: number
  /** Buckets are dropped when they are older than this. */
  readonly keepMs: number
}

/** `5m` or `1h`. */
export function nameResolution(resolutionMs: number): string {
  return resolutionMs < 3_600_000 ? `${resolutionMs / 60_000}m` : `${resolutionMs / 3_600_000}h`
}

/** What a retention rule keeps for a shorter time than the level does is not kept longer because of it. */
export function keepMsOf(level: DownsamplingLevel, keepSeconds: number): number {
  return keepSeconds === 0 ? level.keepMs : Math.min(level.keepMs, keepSeconds * 1000)
}

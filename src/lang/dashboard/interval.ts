import { formatDurationMs, parseDurationMs } from '../../model/duration.ts'

/** Where a rounded interval ends: below the first number (ms) the second is taken. Grafana's table (rangeUtil.roundInterval). */
const STEPS: readonly (readonly [below: number, intervalMs: number])[] = [
  ...([
    [10, 1],
    [15, 10],
    [35, 20],
    [75, 50],
    [150, 100],
    [350, 200],
    [750, 500],
  ] as const),
  ...([
    [1500, 1000],
    [3500, 2000],
    [7500, 5000],
    [12_500, 10_000],
    [17_500, 15_000],
  ] as const),
  ...([
    [25_000, 20_000],
    [45_000, 30_000],
    [90_000, 60_000],
    [210_000, 120_000],
  ] as const),
  ...([
    [450_000, 300_000],
    [750_000, 600_000],
    [1_050_000, 900_000],
    [1_500_000, 1_200_000],
  ] as const),
  ...([
    [2_700_000, 1_800_000],
    [5_400_000, 3_600_000],
    [9_000_000, 7_200_000],
  ] as const),
  ...([
    [16_200_000, 10_800_000],
    [32_400_000, 21_600_000],
    [86_400_000, 43_200_000],
  ] as const),
  ...([
    [604_800_000, 86_400_000],
    [1_814_400_000, 604_800_000],
  ] as const),
  [3_628_800_000, 2_592_000_000],
]
const LONGEST_MS = 31_536_000_000

/** Prometheus answers at most so many points a series. */
const MOST_POINTS = 11_000
/** What Grafana assumes of a source that does not say how often it scrapes. */
const DEFAULT_SCRAPE_INTERVAL_MS = 15_000

/** A whole interval near to this one, as people would choose it. */
export function roundIntervalMs(intervalMs: number): number {
  return STEPS.find(([below]) => intervalMs < below)?.[1] ?? LONGEST_MS
}

/**
 * The milliseconds of an interval as dashboards write it: a duration, `1M` (30 days), or a bare number of seconds; `>10s`,
 * Grafana's old form of a least interval, too. Undefined when it is none.
 */
export function readIntervalMs(text: string): number | undefined {
  const plain = text.trim().replace(/^>/, '').trim()
  if (/^\d+(\.\d+)?$/.test(plain)) return Number(plain) * 1000
  const months = /^(\d+)M$/.exec(plain)
  if (months) return Number(months[1]) * 2_592_000_000
  const fraction = /^(\d+\.\d+)(ms|s|m|h|d|w|y)$/.exec(plain)
  if (fraction) return Number(fraction[1]) * (parseDurationMs(`1${fraction[2]}`) ?? 0)
  return plain === '' ? undefined : parseDurationMs(plain)
}

/** The interval that gives about `maxDataPoints` points over a range, not below the least one. */
function calculateIntervalMs(rangeMs: number, maxDataPoints: number, leastMs: number = 1): number {
  return Math.max(leastMs, roundIntervalMs(rangeMs / Math.max(1, maxDataPoints)))
}

export interface StepRequest {
  readonly rangeMs: number
  readonly maxDataPoints: number
  /** The panel's least interval (`interval`), filled in. */
  readonly panelInterval?: string
  /** The query's own (`interval`, "min step"), as it is written: it may be `$__interval` or `$__rate_interval`. */
  readonly queryInterval?: string
  /** `1/2` and so on of old queries: points are drawn by so many pixels. */
  readonly intervalFactor?: number
  readonly scrapeIntervalMs?: number
}

export interface QueryIntervals {
  /** What `$__interval` is, and the step of the query. */
  readonly stepMs: number
  readonly rateIntervalMs: number
}

/**
 * The step of a PromQL query and the range of its rates, as Grafana computes them: the panel's interval, held within the
 * server's bound of points; `$__rate_interval` is the step plus one scrape, and at least four scrapes
 * (pkg/promlib/models: calculatePrometheusInterval, calculateRateInterval).
 */
export function calculateQueryIntervals(request: StepRequest): QueryIntervals {
  const { rangeMs, maxDataPoints, queryInterval = '', intervalFactor = 1 } = request
  const scrapeMs = request.scrapeIntervalMs ?? DEFAULT_SCRAPE_INTERVAL_MS
  const panelLeastMs = readIntervalMs(request.panelInterval ?? '') ?? scrapeMs
  const panelMs = calculateIntervalMs(rangeMs, maxDataPoints, panelLeastMs)
  const safeMs = roundIntervalMs(rangeMs / MOST_POINTS)
  const isRate = /^\$(\{__rate_interval\}|__rate_interval)$/.test(queryInterval)
  const ownMs = readIntervalMs(queryInterval)
  const chosenMs = Math.max(calculateIntervalMs(rangeMs, maxDataPoints, ownMs ?? panelMs), safeMs)
  if (isRate) {
    const rateMs = rateIntervalOf(chosenMs, scrapeMs)
    return { stepMs: rateMs, rateIntervalMs: rateMs }
  }
  const stepMs = chosenMs * Math.max(1, intervalFactor)
  const isStep = /^\$(\{__interval\}|__interval)$/.test(queryInterval)
  const leastMs = isStep ? stepMs : (ownMs ?? scrapeMs)
  return { stepMs, rateIntervalMs: rateIntervalOf(stepMs, leastMs) }
}

function rateIntervalOf(stepMs: number, scrapeMs: number): number {
  return Math.max(stepMs + scrapeMs, 4 * scrapeMs)
}

/** An interval as PromQL writes it. */
export function formatIntervalMs(intervalMs: number): string {
  return formatDurationMs(Math.max(1, Math.round(intervalMs)))
}

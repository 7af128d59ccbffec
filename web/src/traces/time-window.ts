import { formatValue } from '../format/format-value.ts'

/** The part of a trace that is looked at: nanoseconds since its start. */
export interface TimeWindow {
  readonly fromNs: number
  readonly toNs: number
}

/** Zooming in further than this shows nothing more. */
const LEAST_NS = 100

/** Between two shares of what is looked at now, in either order; the same window where there is hardly anything between them. */
export function zoomTo(window: TimeWindow, a: number, b: number): TimeWindow {
  const lengthNs = window.toNs - window.fromNs
  const [from, to] = [Math.max(0, Math.min(a, b)), Math.min(1, Math.max(a, b))]
  if ((to - from) * lengthNs < LEAST_NS) return window
  return { fromNs: window.fromNs + from * lengthNs, toNs: window.fromNs + to * lengthNs }
}

/** So many times as much around its middle, within the trace. */
export function scaleWindow(window: TimeWindow, by: number, durationNs: number): TimeWindow {
  const lengthNs = Math.min(durationNs, Math.max(LEAST_NS, (window.toNs - window.fromNs) * by))
  const middleNs = (window.fromNs + window.toNs) / 2
  const fromNs = Math.max(0, Math.min(durationNs - lengthNs, middleNs - lengthNs / 2))
  return { fromNs, toNs: fromNs + lengthNs }
}

/** The same length with a span in sight. */
export function moveToSpan(
  window: TimeWindow,
  startNs: number,
  spanNs: number,
  durationNs: number,
): TimeWindow {
  const lengthNs = window.toNs - window.fromNs
  if (startNs < window.toNs && startNs + spanNs >= window.fromNs) return window
  const wantedNs = startNs + spanNs / 2 - lengthNs / 2
  const fromNs = Math.max(0, Math.min(durationNs - lengthNs, wantedNs))
  return { fromNs, toNs: fromNs + lengthNs }
}

/** What is nearer to each other than this share of the window is one on every screen. */
const LEAST_GAP = 1 / 2000

/**
 * Parts of a span as shares of the window, from 0 to 1, in the order of time: those in sight, with no gaps that nobody could see,
 * so that there are never many more than a screen has pixels. `parts` go backwards in time, as a critical path does.
 */
export function partsInSight(
  parts: readonly (readonly [fromNs: number, toNs: number])[],
  { fromNs, toNs }: TimeWindow,
): readonly (readonly [from: number, to: number])[] {
  const lengthNs = toNs - fromNs
  const shown: [number, number][] = []
  for (const [startNs, endNs] of parts.toReversed()) {
    const from = Math.max(0, (startNs - fromNs) / lengthNs)
    const to = Math.min(1, (endNs - fromNs) / lengthNs)
    const last = shown.at(-1)
    if (to <= from) continue
    if (last !== undefined && from - last[1] < LEAST_GAP) last[1] = to
    else shown.push([from, to])
  }
  return shown
}

export interface DurationTick {
  /** Share of the window, 0 to 1. */
  readonly at: number
  readonly label: string
}

/** Round times within a window, at most so many. */
export function durationTicks({ fromNs, toNs }: TimeWindow, most: number): readonly DurationTick[] {
  const lengthNs = toNs - fromNs
  if (!(lengthNs > 0) || most < 1) return [{ at: 0, label: '0 s' }]
  const leastNs = lengthNs / most
  const power = 10 ** Math.floor(Math.log10(leastNs))
  const stepNs = ([1, 2, 5].find((by) => by * power >= leastNs) ?? 10) * power
  const ticks: DurationTick[] = []
  for (let n = Math.ceil(fromNs / stepNs); n * stepNs <= toNs; n++) {
    ticks.push({
      at: (n * stepNs - fromNs) / lengthNs,
      label: formatValue((n * stepNs) / 1e9, 'seconds'),
    })
  }
  return ticks
}

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

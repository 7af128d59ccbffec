/** A label below a chart. */
export interface TimeTick {
  /** From 0 to 1, from the left edge to the right. */
  readonly at: number
  readonly text: string
}

export interface TimeSpan {
  readonly startMs: number
  readonly endMs: number
  /** What must be added to UTC for the clock of the person who looks. */
  readonly localOffsetMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const LONGEST_STEP_MS = 3640 * DAY

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * DAY),
]

/** Round times of the local clock, as many as fit into so many columns without touching. */
export function chooseTimeTicks(span: TimeSpan, columns: number): TimeTick[] {
  const { startMs, endMs, localOffsetMs } = span
  const spanMs = Math.max(1, endMs - startMs)
  const fits = (stepMs: number): boolean =>
    (columns * stepMs) / spanMs >= labelOf(endMs, stepMs, spanMs).length + 4
  const stepMs = STEPS_MS.find(fits) ?? LONGEST_STEP_MS
  const ticks: TimeTick[] = []
  const first = Math.ceil((startMs + localOffsetMs) / stepMs) * stepMs
  for (let localMs = first; localMs <= endMs + localOffsetMs; localMs += stepMs) {
    const at = (localMs - localOffsetMs - startMs) / spanMs
    ticks.push({ at, text: labelOf(localMs, stepMs, spanMs) })
  }
  return ticks
}

function labelOf(localMs: number, stepMs: number, spanMs: number): string {
  const text = new Date(localMs).toISOString()
  if (stepMs >= DAY) return text.slice(0, 10)
  const clock = stepMs < MINUTE ? text.slice(11, 19) : text.slice(11, 16)
  return spanMs > DAY ? `${text.slice(5, 10)} ${clock}` : clock
}

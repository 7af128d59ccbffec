import type uPlot from 'uplot'
import type { AxisOptions, ChartFrame } from './chart-options.ts'
import type { ChartColors } from './palette.ts'
import { timeTicks } from './time-ticks.ts'

/** What the value axes take of the width, about. */
const AXES_PX = 64
/** Room for a label and some air. */
const PX_A_TICK = 64
/** The same where labels have seconds or milliseconds. */
const PX_A_LONG_TICK = 96
const SHORT_MS = 10 * 60_000

/** What is right of the last pixel that stands for a time, at least. */
const RIGHT_PX = 14

/** Of the font below, about. */
const HALF_A_LETTER_PX = 3.2

const FONT = '11px system-ui, sans-serif'

/** Which of the two value axes a series is on. */
export type Side = 'left' | 'right'

/** The scale of the time axis: the range that was asked for, whatever the data holds. */
export function timeScale(frame: () => ChartFrame): uPlot.Scale {
  return {
    time: true,
    auto: false,
    range: () => {
      const { fromMs, toMs } = frame().range
      return [fromMs, toMs]
    },
  }
}

/** Labels that stand in the middle at these places, without those that would be cut at the end or touch the one before. */
export function fittingLabels(
  placesPx: readonly number[],
  labels: readonly string[],
  endPx: number,
): string[] {
  let takenPx = Number.NEGATIVE_INFINITY
  return labels.map((label, i) => {
    const placePx = placesPx[i] ?? 0
    const halfPx = label.replace(/\n.*/s, '').length * HALF_A_LETTER_PX
    if (placePx - halfPx < takenPx || placePx + halfPx > endPx) return ''
    takenPx = placePx + halfPx + HALF_A_LETTER_PX
    return label
  })
}

export function timeAxis(colors: ChartColors, frame: () => ChartFrame): uPlot.Axis {
  let labels: readonly string[] = []
  return {
    scale: 'x',
    stroke: colors.text,
    font: FONT,
    size: 34,
    gap: 4,
    lineGap: 1.3,
    grid: { stroke: colors.grid, width: 1 },
    ticks: { stroke: colors.grid, width: 1, size: 4 },
    splits: (plot, _axis, minMs, maxMs) => {
      // The plot itself has no size yet when the first ticks are asked for.
      const pxATick = maxMs - minMs < SHORT_MS ? PX_A_LONG_TICK : PX_A_TICK
      const most = Math.max(2, Math.floor((plot.width - AXES_PX) / pxATick))
      const found = timeTicks(minMs, maxMs, most, frame().zone)
      const toPx = (timeMs: number): number =>
        ((timeMs - minMs) / (maxMs - minMs)) * (plot.width - AXES_PX)
      labels = fittingLabels(found.timesMs.map(toPx), found.labels, plot.width - AXES_PX + RIGHT_PX)
      return [...found.timesMs]
    },
    values: () => [...labels],
  }
}

export function valueScale(axis: AxisOptions): uPlot.Scale {
  const { scale = 'linear' } = axis
  if (scale !== 'linear') {
    const base = scale === 'log2' ? 2 : 10
    return { distr: 3, log: base, range: (_plot, low, high) => logRange(low, high, base, axis) }
  }
  return { range: (_plot, low, high) => linearRange(low, high, axis) }
}

/** The data with some air, from 0 where that is near, within the bounds that were set. */
export function linearRange(
  low: number | null,
  high: number | null,
  { min, max, softMin, softMax }: AxisOptions,
): [number, number] {
  let from = Math.min(low ?? Infinity, softMin ?? Infinity)
  let to = Math.max(high ?? -Infinity, softMax ?? -Infinity)
  const span = to - from
  if (!Number.isFinite(span)) [from, to] = [0, 1]
  else if (span === 0) {
    // One value all along: its distance from 0 is all that there is to see.
    if (from > 0) [from, to] = [0, to * 1.25]
    else if (from < 0) [from, to] = [from * 1.25, 0]
    else to = 1
  } else {
    const air = span * 0.06
    const wasPositive = from >= 0
    if (low !== null && from < (softMin ?? Infinity)) from -= air
    if (to > (softMax ?? -Infinity)) to += air
    // Of values between 80 and 100 the variation matters; of those between 5 and 100 the distance from 0.
    if (wasPositive && (from < 0 || from < to * 0.35)) from = 0
    const wasNegative = high !== null && high <= 0 && softMax === undefined
    if (wasNegative && low !== null && low < 0 && to > from * 0.35) to = 0
  }
  from = min ?? from
  to = max ?? to
  return from < to ? [from, to] : [from, from + 1]
}

function logRange(
  low: number | null,
  high: number | null,
  base: number,
  { min, max }: AxisOptions,
): [number, number] {
  const positive = (value: number | null | undefined, otherwise: number): number =>
    value !== null && value !== undefined && value > 0 ? value : otherwise
  const from = positive(min, positive(low, positive(high, 1) / base ** 3))
  const to = positive(max, positive(high, from * base))
  const power = (value: number, round: (n: number) => number): number =>
    base ** round(Math.log(value) / Math.log(base))
  const start = min === undefined ? power(from, Math.floor) : from
  const end = max === undefined ? power(to, Math.ceil) : to
  return start < end ? [start, end] : [start, start * base]
}

const BINARY_STEPS = Array.from({ length: 90 }, (_none, i) => 2 ** (i - 20))

export function valueAxis(
  side: Side,
  axis: AxisOptions,
  colors: ChartColors,
  format: (value: number) => string,
): uPlot.Axis {
  return {
    scale: side,
    side: side === 'left' ? 3 : 1,
    show: axis.isHidden !== true,
    stroke: colors.text,
    font: FONT,
    gap: 6,
    size: (_plot, values) => widthOf(values ?? []),
    grid: { show: axis.hidesGrid !== true && side === 'left', stroke: colors.grid, width: 1 },
    ticks: { show: false },
    values: (_plot, splits) => splits.map((value) => (value === null ? '' : format(value))),
    ...(axis.isBinary === true && (axis.scale ?? 'linear') === 'linear'
      ? { incrs: BINARY_STEPS }
      : {}),
    ...(axis.label === undefined ? {} : { label: axis.label, labelSize: 18, labelFont: FONT }),
  }
}

/** Room for the longest label; the same for all but the longest, so that charts below each other line up. */
function widthOf(values: readonly (string | null)[]): number {
  const longest = Math.max(0, ...values.map((text) => text?.length ?? 0))
  return Math.max(46, longest * 6.4 + 12)
}

import { FieldType, type DataFrame, type Field } from '@grafana/data'
import { numbersOf } from './frames/numbers-of.ts'
import { calculateHeatmap } from './frames/derive-frames.ts'
import { nameOf } from './field-style.ts'
import { objectOf, textOf, type JsonObject } from '../../../src/lang/dashboard/json-value.ts'

/** What a heatmap draws: a count for each time and bucket. */
export interface HeatmapCells {
  readonly timesMs: readonly number[]
  /** From the lowest bucket up. */
  readonly rows: readonly { readonly name: string; readonly counts: readonly number[] }[]
  readonly stepMs: number
  readonly highest: number
}

/** The cells of a panel's frames: buckets as they come, or counted from values when the panel says so. */
export function heatmapCells(frames: DataFrame[], options: JsonObject): HeatmapCells | undefined {
  const isCounted = options['calculate'] === true
  const used = isCounted ? calculateHeatmap(frames, objectOf(options['calculation'])) : frames
  const fields: { field: Field; time: Field; name: string }[] = []
  for (const frame of used) {
    const time = frame.fields.find((field) => field.type === FieldType.time)
    if (!time) continue
    for (const field of frame.fields) {
      if (field.type === FieldType.number)
        fields.push({ field, time, name: nameOf(field, frame, used) })
    }
  }
  if (fields.length === 0) return undefined
  const times = [...new Set(fields.flatMap(({ time }) => [...numbersOf(time)]))].toSorted(
    (a, b) => a - b,
  )
  const at = new Map(times.map((timeMs, i) => [timeMs, i]))
  let highest = 0
  const rows = fields.map(({ field, time, name }) => {
    const counts = new Array<number>(times.length).fill(0)
    numbersOf(time).forEach((timeMs, i) => {
      const value: unknown = field.values[i]
      if (typeof value !== 'number' || !Number.isFinite(value)) return
      counts[at.get(timeMs) ?? 0] = value
      highest = Math.max(highest, value)
    })
    return { name, counts }
  })
  const sorted = sortRows(rows)
  const isReversed = objectOf(options['yAxis'])['reverse'] === true
  return {
    timesMs: times,
    rows: isReversed ? sorted.toReversed() : sorted,
    stepMs: stepOf(times),
    highest,
  }
}

function sortRows<T extends { readonly name: string }>(rows: readonly T[]): T[] {
  const bound = (name: string): number => (name === '+Inf' ? Infinity : Number(name))
  if (rows.some((row) => Number.isNaN(bound(row.name)))) return [...rows]
  return rows.toSorted((a, b) => bound(a.name) - bound(b.name))
}

function stepOf(times: readonly number[]): number {
  let least = Infinity
  for (let i = 1; i < times.length; i++)
    least = Math.min(least, (times[i] ?? 0) - (times[i - 1] ?? 0))
  return Number.isFinite(least) && least > 0 ? least : 60_000
}

/** Low and high end of Grafana's colour schemes that are in use; the rest are drawn as oranges. */
const SCHEMES: Readonly<Record<string, readonly string[]>> = {
  Oranges: ['#fff5eb', '#fdd0a2', '#fd8d3c', '#d94801', '#7f2704'],
  Blues: ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'],
  Greens: ['#f7fcf5', '#c7e9c0', '#74c476', '#238b45', '#00441b'],
  Reds: ['#fff5f0', '#fcbba1', '#fb6a4a', '#cb181d', '#67000d'],
  Purples: ['#fcfbfd', '#dadaeb', '#9e9ac8', '#6a51a3', '#3f007d'],
  Greys: ['#ffffff', '#d9d9d9', '#969696', '#525252', '#000000'],
  Spectral: ['#3288bd', '#99d594', '#ffffbf', '#fc8d59', '#d53e4f'],
  RdYlGn: ['#1a9850', '#91cf60', '#ffffbf', '#fc8d59', '#d73027'],
  Turbo: ['#30123b', '#28bceb', '#a4fc3c', '#fb7e21', '#7a0403'],
  Viridis: ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'],
  Magma: ['#000004', '#51127c', '#b73779', '#fc8961', '#fcfdbf'],
}

/** The colour of a share of the highest count, 0 to 1. */
export function heatColor(share: number, options: JsonObject, isDark: boolean): string {
  const color = objectOf(options['color'])
  const exponent = typeof color['exponent'] === 'number' ? color['exponent'] : 0.5
  const scaled = color['scale'] === 'linear' ? share : share ** exponent
  if (color['mode'] === 'opacity') {
    return `color-mix(in srgb, ${textOf(color['fill']) ?? '#f2711c'} ${Math.round(scaled * 100)}%, transparent)`
  }
  const stops = SCHEMES[textOf(color['scheme']) ?? 'Oranges'] ?? SCHEMES['Oranges'] ?? []
  // The dark end of a scheme is lost on a dark page: there low counts are the dark ones.
  const isSequential = (textOf(color['scheme']) ?? 'Oranges').endsWith('s')
  const turned = (isDark && isSequential) !== (color['reverse'] === true)
  const at = (turned ? 1 - scaled : scaled) * (stops.length - 1)
  const low = stops[Math.floor(at)] ?? '#000'
  const high = stops[Math.ceil(at)] ?? low
  return `color-mix(in srgb, ${high} ${Math.round((at % 1) * 100)}%, ${low})`
}

import type { LabelsJson, SeriesJson } from '../../contract/prometheus.ts'
import { parseSampleValue } from '../../contract/sample-value.ts'

export interface SeriesTolerance {
  /** Of the larger of two values. */
  readonly share: number
  /** So many steps two servers may be apart: they scrape at other moments. */
  readonly slackSteps: number
  /** Labels with these values are taken off: a Prometheus adds them to what it sends elsewhere. */
  readonly externalLabels: LabelsJson
  /** Whether only the sets of series are compared: values are of the moment. */
  readonly ignoresValues: boolean
}

/** What differs between two answers of one range query on the same grid. */
export interface SeriesDifference {
  readonly onlyThere: readonly string[]
  readonly onlyHere: readonly string[]
  /** Values of the middle. */
  readonly values: readonly {
    readonly series: string
    readonly there: number
    readonly here: number
  }[]
}

/** Fewer steps than this share of those of the other side are an edge, not a difference. */
const LASTING_SHARE = 0.5
/** So much of the steps that both have must agree. */
const AGREEING_SHARE = 0.5

/**
 * Compares series by their labels, and their values within a tolerance: a value agrees when it lies between those that the other side
 * has around the same time.
 */
export function compareSeries(
  there: readonly SeriesJson[],
  here: readonly SeriesJson[],
  tolerance: SeriesTolerance,
): SeriesDifference {
  const [theirs, ours] = [there, here].map((all) => byLabels(all, tolerance.externalLabels))
  if (theirs === undefined || ours === undefined) return { onlyThere: [], onlyHere: [], values: [] }
  const steps = Math.max(0, ...[...there, ...here].map(({ values }) => values.length))
  const isLasting = (one: SeriesJson): boolean =>
    one.values.length >= Math.max(2, steps * LASTING_SHARE)
  const only = (some: typeof theirs, others: typeof theirs): string[] =>
    [...some].filter(([key, one]) => !others.has(key) && isLasting(one)).map(([key]) => key)
  const values = tolerance.ignoresValues
    ? []
    : [...theirs].flatMap(([series, one]) => {
        const other = ours.get(series)
        if (other === undefined || agree(one, other, tolerance)) return []
        return [{ series, there: middleOf(one), here: middleOf(other) }]
      })
  return { onlyThere: only(theirs, ours), onlyHere: only(ours, theirs), values }
}

function byLabels(
  all: readonly SeriesJson[],
  external: LabelsJson,
): ReadonlyMap<string, SeriesJson> {
  return new Map(all.map((series) => [showLabels(series.metric, external), series]))
}

/** `name{a="b"}`, in order of the labels, without those that are external. */
export function showLabels(labels: LabelsJson, external: LabelsJson = {}): string {
  const shown = Object.entries(labels)
    .filter(([name, value]) => name !== '__name__' && external[name] !== value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${labels['__name__'] ?? ''}{${shown.join(', ')}}`
}

function agree(there: SeriesJson, here: SeriesJson, tolerance: SeriesTolerance): boolean {
  const [a, b] = [there, here].map(valuesOf)
  if (a === undefined || b === undefined) return true
  const grid = [...new Set([...a.keys()].filter((time) => b.has(time)))]
  // They were never there at the same time: an edge.
  if (grid.length === 0) return true
  const times = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y)
  const at = new Map(times.map((time, index) => [time, index]))
  const good = grid.filter((time) => {
    const index = at.get(time) ?? 0
    const around = times.slice(
      Math.max(0, index - tolerance.slackSteps),
      index + tolerance.slackSteps + 1,
    )
    return (
      isWithin(b.get(time), a, around, tolerance.share) ||
      isWithin(a.get(time), b, around, tolerance.share)
    )
  })
  return good.length >= grid.length * AGREEING_SHARE
}

function isWithin(
  value: number | undefined,
  others: ReadonlyMap<number, number>,
  times: readonly number[],
  share: number,
): boolean {
  if (value === undefined) return false
  const around = times.flatMap((time) => others.get(time) ?? [])
  if (around.some((other) => Object.is(other, value))) return true
  const finite = around.filter((other) => Number.isFinite(other))
  if (!Number.isFinite(value) || finite.length === 0) return false
  const [least, most] = [Math.min(...finite), Math.max(...finite)]
  const slack = share * Math.max(Math.abs(value), Math.abs(least), Math.abs(most))
  return value >= least - slack && value <= most + slack
}

function valuesOf({ values }: SeriesJson): ReadonlyMap<number, number> {
  return new Map(values.map(([time, text]) => [time, parseSampleValue(text)]))
}

function middleOf({ values }: SeriesJson): number {
  const sorted = values.map(([, text]) => parseSampleValue(text)).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const MOST_SHOWN = 3

/** In words; '' when nothing differs. */
export function describeSeries({ onlyThere, onlyHere, values }: SeriesDifference): string {
  const list = (names: readonly string[]): string =>
    names.length > MOST_SHOWN
      ? `${names.slice(0, MOST_SHOWN).join(', ')} and ${names.length - MOST_SHOWN} more`
      : names.join(', ')
  const pairs = values.map(
    ({ series, there, here }) => `${series} ${show(there)} there, ${show(here)} here`,
  )
  return [
    onlyThere.length === 0 ? '' : `only there: ${list(onlyThere)}`,
    onlyHere.length === 0 ? '' : `only here: ${list(onlyHere)}`,
    pairs.length === 0 ? '' : `other values: ${list(pairs)}`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}

function show(value: number): string {
  return String(Number(value.toPrecision(5)))
}

import {
  expandHistograms,
  HISTOGRAM_ITEM,
  type HistogramValue,
} from '../../../lang/promql/histogram-notation.ts'
import { parseSeriesSelector } from '../../../lang/promql/parse.ts'
import { Labels } from '../../../model/labels.ts'
import { parseGoFloat } from '../go-format.ts'

/** One place in a sequence of samples. */
export type SequenceValue = number | 'stale' | 'omitted' | HistogramValue

export function isHistogram(value: SequenceValue): value is HistogramValue {
  return typeof value === 'object'
}

/** A line such as `up{job="a"} 1 2 _ 4+1x3`. */
export interface SeriesLine {
  readonly labels: Labels
  readonly values: readonly SequenceValue[]
}

export function parseSeriesLine(line: string): SeriesLine {
  const end = endOfSeries(line)
  return { labels: parseLabels(line.slice(0, end)), values: parseSequence(line.slice(end)) }
}

/** Where the metric name and the label set end. */
function endOfSeries(line: string): number {
  let at = /^[a-zA-Z_:][a-zA-Z0-9_:.]*/.exec(line)?.[0].length ?? 0
  const braces = /^\s*\{(?!\{)/.exec(line.slice(at))
  if (braces === null) return at
  at += braces[0].length
  let quote = ''
  for (; at < line.length; at++) {
    const char = line[at] as string
    if (quote !== '') {
      if (char === '\\' && quote !== '`') at++
      else if (char === quote) quote = ''
    } else if (char === '}') return at + 1
    else if (char === '"' || char === "'" || char === '`') quote = char
  }
  throw new Error(`unterminated label set: ${line}`)
}

function parseLabels(text: string): Labels {
  if (text.trim() === '' || text.trim() === '{}') return Labels.EMPTY
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.faults[0]?.message ?? 'not a series'}`)
  return Labels.fromPairs(parsed.matchers.map(({ name, value }): [string, string] => [name, value]))
}

const NUMBER = '[+-]?(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI]nf|[nN]a[nN])'
const ITEM = new RegExp(`^(_|stale|${NUMBER})(?:([+-](?:${NUMBER.slice(5)}))?x([0-9]+))?(?=\\s|$)`)

function parseSequence(text: string): SequenceValue[] {
  const out: SequenceValue[] = []
  let rest = text.trim()
  while (rest !== '') {
    const histogram = HISTOGRAM_ITEM.exec(rest)
    const item = histogram ?? ITEM.exec(rest)
    if (item === null) throw new Error(`not a sample: ${rest}`)
    if (histogram !== null) out.push(...expandHistograms(histogram))
    else pushItem(out, item[1] as string, item[2], item[3])
    rest = rest.slice(item[0].length).trim()
  }
  return out
}

/** `1x3` is the value and three repetitions, `1+2x3` adds 2 each time; only `_x3` is exactly three. */
function pushItem(
  out: SequenceValue[],
  first: string,
  increment: string | undefined,
  times: string | undefined,
): void {
  if (first === '_') {
    for (let i = 0; i < Number(times ?? 1); i++) out.push('omitted')
    return
  }
  const start: number | 'stale' = first === 'stale' ? 'stale' : (parseGoFloat(first) ?? NaN)
  const added = increment === undefined ? 0 : (parseGoFloat(increment) ?? NaN)
  let value: number | 'stale' = start
  for (let i = 0; i <= Number(times ?? 0); i++) {
    out.push(value)
    if (value !== 'stale') value += added
  }
}

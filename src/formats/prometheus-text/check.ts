import type { Labels } from '../../model/labels.ts'
import type { MetricType } from '../../model/samples.ts'
import { parseGoFloat } from '../go-float.ts'
import { BACKSLASH, NEWLINE, QUOTE } from './char-class.ts'
import { familyTypeOf, type ScrapePage } from './page.ts'
import { PageFault } from './page-fault.ts'
import { parseSeries } from './parse-series.ts'

/** A family's samples may carry these after its name. */
const SUFFIXES: Partial<Record<MetricType, readonly string[]>> = {
  histogram: ['_bucket', '_count', '_sum'],
  gaugehistogram: ['_bucket', '_count', '_sum'],
  summary: ['_count', '_sum'],
}

/**
 * Holds a page that Prometheus takes to the description of the text format, as the reference parser of the client libraries
 * does (prometheus/common, expfmt): line ends, escapes, reserved and repeated labels, and what belongs to a histogram or a
 * summary. Throws a `PageFault`.
 */
export function checkTextPage(page: ScrapePage): void {
  const { bytes } = page
  if (bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE && page.rows > 0) {
    const last = page.seriesStarts[page.rows - 1] as number
    if (bytes.indexOf(NEWLINE, last) === -1) {
      throw new PageFault(bytes.length, 'the last line does not end with a line feed')
    }
  }
  const types = new Map<string, MetricType>()
  for (const { kind, family, text } of page.metadataLines()) {
    if (kind === 'TYPE') types.set(family, familyTypeOf(text))
  }
  for (let row = 0; row < page.rows; row++) {
    checkQuoting(page, row)
    checkFamily(page, row, labelsOf(page, row), types)
  }
}

/** The labels of a row as they are written; a repeated name is a fault at its place. */
export function labelsOf(page: ScrapePage, row: number): Labels {
  const start = page.seriesStarts[row] as number
  try {
    return parseSeries(page.bytes, start, page.seriesEnds[row] as number, 'unknown')
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : 'the labels cannot be read'
    throw new PageFault(start, message)
  }
}

/** Within quotes a backslash stands before `\`, `"` or `n`, and a line break is written `\n`. */
function checkQuoting(page: ScrapePage, row: number): void {
  const { bytes } = page
  const end = page.seriesEnds[row] as number
  let isInside = false
  for (let i = page.seriesStarts[row] as number; i < end; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) isInside = !isInside
    else if (byte === NEWLINE) throw new PageFault(i, 'a line break within quotes is written \\n')
    else if (byte === BACKSLASH && isInside) {
      const next = bytes[++i]
      if (next !== BACKSLASH && next !== QUOTE && next !== 0x6e) {
        throw new PageFault(i, 'after a backslash comes \\, " or n')
      }
    }
  }
}

function checkFamily(
  page: ScrapePage,
  row: number,
  labels: Labels,
  types: ReadonlyMap<string, MetricType>,
): void {
  const { name } = labels
  const at = page.seriesStarts[row] as number
  for (const suffix of ['', '_bucket', '_count', '_sum']) {
    if (!name.endsWith(suffix)) continue
    const type = types.get(name.slice(0, name.length - suffix.length))
    if (type === undefined) continue
    if (suffix !== '' && !(SUFFIXES[type] ?? []).includes(suffix)) continue
    const value = page.values[row] as number
    const isHistogram = type === 'histogram' || type === 'gaugehistogram'
    if (isHistogram && suffix === '_bucket') checkNumber(labels.get('le'), 'le', at)
    if (type === 'summary' && suffix === '') checkNumber(labels.get('quantile'), 'quantile', at)
    if (isHistogram && (suffix === '_bucket' || suffix === '_count') && value < 0) {
      throw new PageFault(at, `a histogram's ${suffix.slice(1)} is not negative`)
    }
  }
}

function checkNumber(text: string, label: string, at: number): void {
  if (text === '') return
  if (parseGoFloat(text) === undefined || /[pP_]/.test(text)) {
    throw new PageFault(at, `the label ${label} is a number, not ${JSON.stringify(text)}`)
  }
}

import { createScrapeParser } from '../../../formats/prometheus-text/scrape-parser.ts'
import type { ScrapePage } from '../../../formats/prometheus-text/page.ts'
import type { Metric } from '../../../model/metric-family.ts'
import type { MetricType } from '../../../model/samples.ts'
import type { TextFamily } from './textfile-families.ts'

const TEXT_FORMAT = 'text/plain; version=0.0.4'

/** What may follow a family's name, by its type. */
const SUFFIXES: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  histogram: ['_bucket', '_sum', '_count'],
  gaugehistogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

/**
 * The families of a file, which is held to the text format's description as node_exporter's parser does. Throws an Error that
 * says the line for a file that is not of the format, or has timestamps, which node_exporter refuses.
 */
export function readFamilies(bytes: Uint8Array): TextFamily[] {
  const page = createScrapeParser({ strict: true }).parse(bytes, TEXT_FORMAT, 0, true)
  if (page.fault) throw new Error(`line ${page.fault.line}: ${page.fault.message}`)
  const families = declared(page)
  for (let row = 0; row < page.rows; row++) {
    if (page.hasTimestamp[row] === 1) {
      throw new Error('has timestamps, which are not supported here; the file is left out')
    }
    const labels = page.labelsOf(row)
    const family = familyOf(families, labels.name)
    const suffix = labels.name.slice(family.name.length)
    const metric: Metric = {
      labels: labels.without(NAME).flat,
      value: page.values[row] as number,
      ...(suffix === '' ? {} : { suffix }),
    }
    family.metrics.push(metric)
  }
  return [...families.values()].filter((family) => family.metrics.length > 0)
}

const NAME: ReadonlySet<string> = new Set(['__name__'])

/** A family being read. */
interface OpenFamily {
  readonly name: string
  readonly type: MetricType
  /** '' when the file does not say. */
  readonly help: string
  readonly metrics: Metric[]
}

function declared(page: ScrapePage): Map<string, OpenFamily> {
  const families = new Map<string, OpenFamily>()
  for (const { family, type, help } of page.metadata()) {
    families.set(family, { name: family, type, help, metrics: [] })
  }
  return families
}

/** The family of a line: the one of its name, or of its name without a suffix that the family's type has. */
function familyOf(families: Map<string, OpenFamily>, name: string): OpenFamily {
  const own = families.get(name)
  if (own) return own
  const underscore = name.lastIndexOf('_')
  const base = families.get(name.slice(0, Math.max(0, underscore)))
  if (base && SUFFIXES[base.type]?.includes(name.slice(underscore)) === true) return base
  const family: OpenFamily = { name, type: 'unknown', help: '', metrics: [] }
  families.set(name, family)
  return family
}

import type { Labels } from '../../model/labels.ts'
import type { MetricType } from '../../model/samples.ts'
import { parseGoFloat } from '../go-float.ts'
import { labelsOf } from '../prometheus-text/check.ts'
import {
  familyTypeOf,
  type MetadataKind,
  type MetadataLine,
  type PageExemplar,
  type ScrapePage,
} from '../prometheus-text/page.ts'
import { PageFault } from '../prometheus-text/page-fault.ts'
import { HistogramGroup } from './histogram-group.ts'

/** What may follow a family's name in its samples (OpenMetrics 1.0, Metric Types). */
const SUFFIXES: Record<MetricType, readonly string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
}
const COUNTER_LIKE = new Set(['_total', '_bucket', '_count', '_gcount', '_sum'])
const MAX_EXEMPLAR_CHARACTERS = 128

/**
 * Holds a page that Prometheus takes to the OpenMetrics 1.0 specification: families that stand together and have the samples of
 * their type, values that a type allows, exemplars where they may be. Throws a `PageFault` for the first breach.
 */
export function checkOpenMetricsPage(page: ScrapePage): void {
  const checker = new PageChecker(page)
  const lines = page.metadataLines()
  let next = 0
  for (let row = 0; row < page.rows; row++) {
    for (; (lines[next]?.beforeRow ?? Infinity) <= row; next++) {
      checker.metadata(lines[next] as MetadataLine)
    }
    checker.row(row)
  }
  for (const line of lines.slice(next)) checker.metadata(line)
  checker.closeFamily()
}

interface Family {
  readonly name: string
  readonly position: number
  readonly kinds: Set<MetadataKind>
  type: MetricType
  hasUnit: boolean
  hasRows: boolean
  /** The groups (label sets without `le` and the like) that were seen. */
  readonly groups: Set<string>
}

/** The samples of one label set of a family, at one time for histograms. */
interface Group {
  readonly key: string
  readonly position: number
  timestampMs: number | undefined
  histogram: HistogramGroup
}

class PageChecker {
  readonly #page: ScrapePage
  readonly #exemplars: ReadonlyMap<number, PageExemplar>
  readonly #closedNames = new Set<string>()
  #family: Family | undefined
  #group: Group | undefined

  constructor(page: ScrapePage) {
    this.#page = page
    this.#exemplars = new Map(page.exemplars.map((exemplar) => [exemplar.row, exemplar]))
  }

  metadata(line: MetadataLine): void {
    const { kind, family: name, position } = line
    const family = this.#family?.name === name ? this.#family : this.#openFamily(name, position)
    if (family.hasRows) throw new PageFault(position, `# ${kind} stands before the samples`)
    if (family.kinds.has(kind)) throw new PageFault(position, `# ${kind} is there already`)
    family.kinds.add(kind)
    if (kind === 'TYPE') family.type = familyTypeOf(line.text)
    if (kind === 'UNIT') family.hasUnit = line.text !== ''
  }

  row(row: number): void {
    const at = this.#page.seriesStarts[row] as number
    const labels = labelsOf(this.#page, row)
    let family = this.#family
    let suffix = family === undefined ? undefined : suffixOf(family, labels.name)
    if (family === undefined || suffix === undefined) {
      family = this.#openFamily(labels.name, at)
      suffix = ''
    }
    family.hasRows = true
    checkValue(family.type, suffix, this.#page.values[row] as number, at)
    this.#enterGroup(family, labels, row, at)
    checkLabels(family, suffix, labels, at)
    this.#addToHistogram(family.type, suffix, labels, row, at)
    const exemplar = this.#exemplars.get(row)
    if (exemplar !== undefined) checkExemplar(family.type, suffix, exemplar, at)
  }

  closeFamily(): void {
    this.#closeGroup()
    const family = this.#family
    if (family === undefined) return
    if (family.hasUnit && (family.type === 'info' || family.type === 'stateset')) {
      throw new PageFault(family.position, `a family of type ${family.type} has no unit`)
    }
    for (const suffix of ['', ...SUFFIXES[family.type]]) this.#closedNames.add(family.name + suffix)
    this.#family = undefined
  }

  #openFamily(name: string, position: number): Family {
    this.closeFamily()
    if (this.#closedNames.has(name)) {
      throw new PageFault(position, `the family ${name} was there before, or its name clashes`)
    }
    this.#family = {
      name,
      position,
      kinds: new Set(),
      type: 'unknown',
      hasUnit: false,
      hasRows: false,
      groups: new Set(),
    }
    return this.#family
  }

  #enterGroup(family: Family, labels: Labels, row: number, at: number): void {
    const key = labels.without(groupLess(family)).key
    const page = this.#page
    const timestampMs = page.hasTimestamp[row] === 1 ? page.timestampsMs[row] : undefined
    const group = this.#group
    if (group?.key !== key) {
      this.#closeGroup()
      if (family.groups.has(key)) throw new PageFault(at, 'the samples of a metric stand together')
      family.groups.add(key)
      this.#group = { key, position: at, timestampMs, histogram: new HistogramGroup() }
      return
    }
    if ((timestampMs === undefined) !== (group.timestampMs === undefined)) {
      throw new PageFault(at, 'all samples of a metric have a timestamp, or none')
    }
    if (timestampMs === undefined || timestampMs === group.timestampMs) return
    if (timestampMs < (group.timestampMs ?? 0)) {
      throw new PageFault(at, 'the timestamps of a metric do not go back')
    }
    this.#finishHistogram(group)
    group.timestampMs = timestampMs
    group.histogram = new HistogramGroup()
  }

  #closeGroup(): void {
    if (this.#group !== undefined) this.#finishHistogram(this.#group)
    this.#group = undefined
  }

  #finishHistogram(group: Group): void {
    const type = this.#family?.type
    if (type !== 'histogram' && type !== 'gaugehistogram') return
    const message = group.histogram.finish(type === 'gaugehistogram')
    if (message !== '') throw new PageFault(group.position, message)
  }

  #addToHistogram(type: MetricType, suffix: string, labels: Labels, row: number, at: number): void {
    if (type !== 'histogram' && type !== 'gaugehistogram') return
    const histogram = this.#group?.histogram
    const value = this.#page.values[row] as number
    if (suffix.endsWith('count')) histogram?.addCount(value)
    else if (suffix.endsWith('sum')) histogram?.addSum(value)
    else if (suffix === '_bucket') {
      const message = histogram?.addBucket(parseGoFloat(labels.get('le')) ?? 0, value) ?? ''
      if (message !== '') throw new PageFault(at, message)
    }
  }
}

/** What follows the family's name in a sample's name, when the family's type allows it. */
function suffixOf(family: Family, name: string): string | undefined {
  if (!name.startsWith(family.name)) return undefined
  const suffix = name.slice(family.name.length)
  return SUFFIXES[family.type].includes(suffix) ? suffix : undefined
}

/** The labels that tell the samples of one metric apart, besides its name. */
function groupLess(family: Family): ReadonlySet<string> {
  const labels = ['__name__']
  if (family.type === 'histogram' || family.type === 'gaugehistogram') labels.push('le')
  if (family.type === 'summary') labels.push('quantile')
  if (family.type === 'stateset') labels.push(family.name)
  return new Set(labels)
}

function checkValue(type: MetricType, suffix: string, value: number, at: number): void {
  if ((COUNTER_LIKE.has(suffix) || suffix === '_gsum') && Number.isNaN(value)) {
    throw new PageFault(at, `a ${suffix.slice(1)} is not NaN`)
  }
  if (COUNTER_LIKE.has(suffix) && value < 0) {
    throw new PageFault(at, `a ${suffix.slice(1)} is not negative`)
  }
  if (type === 'summary' && suffix === '' && value < 0) {
    throw new PageFault(at, 'a quantile is not negative')
  }
  if (type === 'info' && value !== 1) throw new PageFault(at, 'the value of an info is 1')
  if (type === 'stateset' && value !== 0 && value !== 1) {
    throw new PageFault(at, 'the value of a state is 0 or 1')
  }
}

function checkLabels(family: Family, suffix: string, labels: Labels, at: number): void {
  if (suffix === '_bucket') {
    const bound = parseGoFloat(labels.get('le'))
    if (bound === undefined || Number.isNaN(bound)) {
      throw new PageFault(at, 'a bucket has a label le that is a number')
    }
  }
  if (family.type === 'summary' && suffix === '') {
    const quantile = parseGoFloat(labels.get('quantile'))
    if (quantile === undefined || !(quantile >= 0 && quantile <= 1)) {
      throw new PageFault(at, 'a quantile has a label quantile from 0 to 1')
    }
  }
  if (family.type === 'stateset' && !labels.has(family.name)) {
    throw new PageFault(at, `a state has a label ${family.name}`)
  }
}

function checkExemplar(type: MetricType, suffix: string, exemplar: PageExemplar, at: number): void {
  const isBucket = suffix === '_bucket'
  if (!isBucket && !(type === 'counter' && suffix === '_total')) {
    throw new PageFault(at, 'exemplars belong to buckets and to totals of counters')
  }
  let characters = 0
  for (const text of exemplar.labels.flat) characters += Array.from(text).length
  if (characters > MAX_EXEMPLAR_CHARACTERS) {
    throw new PageFault(
      at,
      `the labels of an exemplar have ${characters} characters, at most ${MAX_EXEMPLAR_CHARACTERS} are allowed`,
    )
  }
}

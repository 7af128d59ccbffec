import { Labels } from '../../model/labels.ts'
import { startOf } from '../../model/spans.ts'
import { attributeText } from './attribute-text.ts'
import type { BatchView } from './batch-view.ts'
import { passesFilters } from './filter-policies.ts'
import { attributeLabel, targetInfoLabel } from './label-name.ts'
import { multiplierOf } from './span-multiplier.ts'
import type { SeriesBudget } from './series-budget.ts'
import { SeriesTable } from './series-table.ts'
import type { SpanMetricsSettings } from './settings.ts'
import { cut, eventDimensionOf, labelsOf, LEAST_STEPS, nodeOf } from './span-labels.ts'
import { SpanSizes } from './span-size.ts'
import { StepTrie } from './step-trie.ts'

/** Attributes that are told by `job` and `instance`. */
const TOLD_BY_TARGET: ReadonlySet<string> = new Set([
  ...['service.name', 'service.namespace', 'service.instance.id'],
])
const NOWHERE = -1
const NS_PER_UNIT = { s: 1e9, ms: 1e6 } as const

export interface SpanMetricsParts {
  readonly budget: SeriesBudget
  readonly external: Labels
  readonly maxLabelLength: number
  /** A span was left out by a filter. */
  readonly onFiltered: () => void
}

/** Calls, durations and sizes of spans by their labels (modules/generator/processor/spanmetrics of Tempo; the spanmetrics connector). */
export class SpanMetrics {
  readonly #settings: SpanMetricsSettings
  readonly #parts: SpanMetricsParts
  readonly #table: SeriesTable
  readonly #events: SeriesTable | undefined
  readonly #targets: SeriesTable | undefined
  readonly #calls: number
  readonly #size: number

  constructor(settings: SpanMetricsSettings, parts: SpanMetricsParts) {
    this.#settings = settings
    this.#parts = parts
    const { callsName, sizeName, durationName, buckets, exemplars, events } = settings
    const counters = [callsName, sizeName].filter((name) => name !== undefined)
    this.#calls = callsName === undefined ? NOWHERE : 0
    this.#size = sizeName === undefined ? NOWHERE : counters.length - 1
    const histograms = durationName === undefined ? [] : [durationName]
    const { budget, external } = parts
    const tableOf = (names: readonly string[]): SeriesTable =>
      new SeriesTable(
        { counters: names, histograms: [], buckets: [], exemplars: undefined },
        budget,
        external,
      )
    this.#table = new SeriesTable({ counters, histograms, buckets, exemplars }, budget, external)
    this.#events = events && tableOf([events.name])
    this.#targets =
      settings.targetInfoName === undefined ? undefined : tableOf([settings.targetInfoName])
  }

  /** What is written of it. */
  get tables(): readonly SeriesTable[] {
    return [this.#table, this.#events, this.#targets].filter((table) => table !== undefined)
  }

  observe(view: BatchView, rows: Iterable<number>, nowMs: number): void {
    const { batch } = view
    const settings = this.#settings
    const steps = Math.max(LEAST_STEPS, batch.strings.length + 1, batch.resources.length)
    const trie = new StepTrie(steps)
    const places: number[] = []
    const sizes = this.#size === NOWHERE ? undefined : new SpanSizes(batch)
    const targets = new Set<number>()
    for (const row of rows) {
      if (settings.needsService && !view.factsOf(row).hasService) continue
      if (!passesFilters(settings.filters, view, row)) {
        this.#parts.onFiltered()
        continue
      }
      const node = nodeOf(settings, view, row, trie)
      const place = (places[node] ??= this.#table.placeOf(
        labelsOf(settings, view, row, this.#parts.maxLabelLength),
      ))
      const weight = multiplierOf(settings.multiplier, view, row)
      if (this.#calls !== NOWHERE) this.#table.count(place, this.#calls, weight, nowMs)
      if (sizes !== undefined) this.#table.count(place, this.#size, sizes.sizeOf(row), nowMs)
      if (settings.durationName !== undefined) {
        const duration = view.durationNs(row) / NS_PER_UNIT[settings.unit]
        this.#table.observe(place, 0, duration, weight, nowMs)
        this.#table.keepExemplar(place, 0, duration, {
          traceIds: batch.traceIds,
          spanIds: batch.spanIds,
          row,
        })
      }
      if (this.#events !== undefined) this.#countEvents(view, row, nowMs)
      if (this.#targets !== undefined) targets.add(batch.resourceIndex[row] ?? 0)
    }
    for (const resource of targets) this.#noteTarget(view, resource, nowMs)
  }

  #countEvents(view: BatchView, row: number, nowMs: number): void {
    const { events } = view.batch
    const settings = this.#settings
    const dimensions = settings.events?.dimensions ?? []
    for (let event = startOf(events.ends, row); event < (events.ends[row] ?? 0); event++) {
      const { maxLabelLength } = this.#parts
      const changes: Record<string, string> = {}
      for (const one of dimensions)
        changes[one.label] = cut(eventDimensionOf(view, row, event, one), maxLabelLength)
      const labels = labelsOf(settings, view, row, maxLabelLength).with(changes)
      this.#events?.count(this.#events.placeOf(labels), 0, 1, nowMs)
    }
  }

  /** The attributes of a resource, for those that say which target they are about. */
  #noteTarget(view: BatchView, resource: number, nowMs: number): void {
    const { targetInfoWithout, hasInstance, hasJob, needsService } = this.#settings
    const { job, instance } = view.factsOfResource(resource)
    const pairs: [string, string][] = []
    for (const [key, typed] of view.batch.resources[resource] ?? []) {
      if (key === '' || /^[0-9]/.test(key) || TOLD_BY_TARGET.has(key)) continue
      if (targetInfoWithout.includes(key)) continue
      const label = needsService ? attributeLabel(key) : targetInfoLabel(key)
      pairs.push([label, cut(attributeText(typed), this.#parts.maxLabelLength)])
    }
    const others = pairs.filter(([, value]) => value !== '').length
    if (hasJob) pairs.push(['job', job])
    if (hasInstance) pairs.push(['instance', instance])
    const isIdentified = (hasJob && job !== '') || (hasInstance && instance !== '')
    if (!isIdentified || others === 0) return
    const table = this.#targets
    table?.set(table.placeOf(Labels.fromPairs(pairs)), 0, 1, nowMs)
  }
}

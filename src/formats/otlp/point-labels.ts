import { Labels } from '../../model/labels.ts'
import type { MetricScope, OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import { attributeString } from './attribute-string.ts'
import type { MetricLabelNamer } from './metric-label-name.ts'
import type { OtlpTranslation } from './translation.ts'

/** More labels than these are told apart from a mistake by nobody; the store's own limit is lower. */
const MAX_LABELS = 512

const NAMESPACE = 'service.namespace'
const SERVICE = 'service.name'
const INSTANCE = 'service.instance.id'
const IDENTIFYING: ReadonlySet<string> = new Set([NAMESPACE, SERVICE, INSTANCE])
const NOTHING: ReadonlySet<string> = new Set()

type AttributeTexts = OtlpMetricBatch['resources'][number]

/** What all series of a resource or a scope have in common. */
export interface SharedLabels {
  readonly labels: ReadonlyMap<string, string>
  /** Why nothing of it can be named; '' when it can. */
  readonly fault: string
}

/** `job` and `instance` of a resource (prometheus, otlptranslator): those that it has. */
export function identityOf(resource: AttributeTexts): Map<string, string> {
  const found = new Map(resource.filter(([key]) => IDENTIFYING.has(key)))
  const text = (key: string): string => attributeString(found.get(key) ?? '')
  const labels = new Map<string, string>()
  if (found.has(SERVICE)) {
    labels.set('job', found.has(NAMESPACE) ? `${text(NAMESPACE)}/${text(SERVICE)}` : text(SERVICE))
  }
  if (found.has(INSTANCE)) labels.set('instance', text(INSTANCE))
  return labels
}

/** The attributes of a resource that all its series get. */
export function promotedOf(
  resource: AttributeTexts,
  translation: OtlpTranslation,
  namer: MetricLabelNamer,
): SharedLabels {
  const { promoteAllResourceAttributes: isAll } = translation
  const listed = new Set(
    isAll ? translation.ignoreResourceAttributes : translation.promoteResourceAttributes,
  )
  const labels = new Map<string, string>()
  for (const [key, value] of resource) {
    if (listed.has(key) === isAll) continue
    const name = namer.nameOf(key)
    if (name === undefined) return { labels, fault: unnamed('resource attribute', key) }
    labels.set(name, attributeString(value))
  }
  return { labels, fault: '' }
}

/** The labels that say which scope a series is from. */
export function scopeLabelsOf(scope: MetricScope, namer: MetricLabelNamer): SharedLabels {
  const labels = new Map<string, string>()
  for (const [key, value] of scope.attributes) {
    const name = namer.nameOf(`otel_scope_${key}`)
    if (name === undefined) return { labels, fault: unnamed('scope attribute', key) }
    labels.set(name, attributeString(value))
  }
  labels.set('otel_scope_name', scope.name)
  labels.set('otel_scope_version', scope.version)
  labels.set('otel_scope_schema_url', scope.schemaUrl)
  return { labels, fault: '' }
}

/**
 * `target_info` of a resource: its attributes that are not in `job` and `instance`. Undefined when there are none, or nothing says
 * whose they are. An attribute that cannot be a label is left out.
 */
export function targetInfoOf(
  resource: AttributeTexts,
  translation: OtlpTranslation,
  namer: MetricLabelNamer,
): Labels | undefined {
  const identity = identityOf(resource)
  if (identity.size === 0 || resource.every(([key]) => IDENTIFYING.has(key))) return undefined
  const left = translation.keepIdentifyingResourceAttributes ? NOTHING : IDENTIFYING
  const named = new LabelDraft()
  for (const [key, value] of resource) {
    const name = left.has(key) || key === '__name__' ? undefined : namer.nameOf(key)
    if (name !== undefined) named.join(name, attributeString(value))
  }
  for (const [name, value] of identity) named.set(name, value)
  return named.size > MAX_LABELS ? undefined : named.finish('target_info')
}

/** What is common to the series of a metric. */
export interface LabelContext {
  readonly namer: MetricLabelNamer
  readonly promoted: ReadonlyMap<string, string>
  readonly identity: ReadonlyMap<string, string>
  readonly scope: ReadonlyMap<string, string>
}

/** The labels of a data point without its name, or why it cannot have them (prometheus, otlptranslator, `createAttributes`). */
export function pointLabels(
  batch: OtlpMetricBatch,
  row: number,
  context: LabelContext,
): LabelDraft | string {
  const { keys, values, ends } = batch.attributes
  const { strings } = batch
  const [start, end] = [startOf(ends, row), ends[row] as number]
  const shared = context.promoted.size + context.identity.size + context.scope.size
  if (end - start + shared > MAX_LABELS) {
    return `${end - start + shared} labels, the limit is ${MAX_LABELS}`
  }
  const attributes: [string, string][] = []
  for (let i = start; i < end; i++) {
    const key = strings[keys[i] as number] as string
    if (key !== '__name__') attributes.push([key, strings[values[i] as number] as string])
  }
  attributes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const draft = new LabelDraft()
  for (const [key, value] of attributes) {
    const name = context.namer.nameOf(key)
    if (name === undefined) return unnamed('attribute', key)
    draft.join(name, attributeString(value))
  }
  for (const [name, value] of context.promoted) if (!draft.has(name)) draft.set(name, value)
  for (const [name, value] of context.identity) draft.set(name, value)
  for (const [name, value] of context.scope) draft.set(name, value)
  return draft
}

/** Labels that are put together. */
export class LabelDraft {
  readonly #labels = new Map<string, string>()

  get size(): number {
    return this.#labels.size
  }

  /** Characters of names and values. */
  get length(): number {
    let length = 0
    for (const [name, value] of this.#labels) length += name.length + value.length
    return length
  }

  has(name: string): boolean {
    return (this.#labels.get(name) ?? '') !== ''
  }

  set(name: string, value: string): void {
    this.#labels.set(name, value)
  }

  /** Attributes whose names became the same share a label, by the order of their keys. */
  join(name: string, value: string): void {
    const known = this.#labels.get(name) ?? ''
    this.#labels.set(name, known === '' ? value : `${known};${value}`)
  }

  /** The labels under a name, with one label more when it is given. */
  finish(metricName: string, label = '', value = ''): Labels {
    const named: [string, string][] = [...this.#labels]
    if (label !== '') named.push([label, value])
    named.push(['__name__', metricName])
    return Labels.fromPairs(named)
  }
}

function unnamed(what: string, key: string): string {
  return `${what} ${JSON.stringify(key.slice(0, 100))} cannot be the name of a label`
}

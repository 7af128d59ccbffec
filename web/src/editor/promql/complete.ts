import type { Completion, CompletionResult } from '@codemirror/autocomplete'
import type { MetadataJson } from '../../../../src/contract/prometheus.ts'
import { FUNCTIONS } from '../../../../src/lang/promql/functions.ts'
import type { CompletionRequest } from '../query-language.ts'
import { describeMetric, labelsOf, metricMetadata, metricNames, valuesOf } from './catalog.ts'
import { completionPlace, type CompletionPlace } from './completion-place.ts'
import { AGGREGATION_DOCS, FUNCTION_DOCS, KEYWORD_DOCS } from './function-docs.ts'

/** More than these nobody reads; typing on narrows them down. */
const MOST_OPTIONS = 500
const DURATIONS = ['1m', '5m', '15m', '30m', '1h', '6h', '1d', '7d']

/** Metrics, labels, values, functions and words at the cursor. */
export async function completePromql(request: CompletionRequest): Promise<CompletionResult | null> {
  const place = completionPlace(request.text, request.at)
  const typed = place.kind === 'none' ? '' : request.text.slice(place.from, request.at)
  if (place.kind === 'none') return null
  if (place.kind === 'expression' && typed === '' && !request.isExplicit) return null
  const options = await optionsOf(place)
  if (request.signal.aborted || options.length === 0) return null
  const validFor = place.kind === 'value' ? /^[^"'`\\]*$/ : /^[\w:]*$/
  return { from: place.from, options: narrow(options, typed), validFor }
}

function optionsOf(
  place: Exclude<CompletionPlace, { readonly kind: 'none' }>,
): Promise<readonly Completion[]> {
  switch (place.kind) {
    case 'expression':
      return expressions()
    case 'label':
      return labels(place.metric)
    case 'value':
      return values(place.label, place.metric, place.isQuoted)
    case 'duration':
      return Promise.resolve(DURATIONS.map((label) => ({ label, type: 'constant' })))
    default:
      return place satisfies never
  }
}

/** Sorting thousands of names by how well they match is slow; those that hold what was typed are enough. */
function narrow(options: readonly Completion[], typed: string): Completion[] {
  if (options.length <= MOST_OPTIONS) return [...options]
  const wanted = typed.toLowerCase()
  return options.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, MOST_OPTIONS)
}

async function expressions(): Promise<readonly Completion[]> {
  const [names, metadata] = await Promise.all([metricNames(), metricMetadata()])
  return [...names.map((name) => metricOption(name, metadata)), ...WORD_OPTIONS]
}

function metricOption(name: string, metadata: MetadataJson): Completion {
  const known = describeMetric(name, metadata)
  return {
    label: name,
    type: 'variable',
    ...(known ? { detail: known.type, info: known.help } : {}),
  }
}

async function labels(metric: string | undefined): Promise<readonly Completion[]> {
  const names = await labelsOf(metric)
  return names
    .filter((name) => name !== '__name__' || metric === undefined)
    .map((label) => ({ label, type: 'property' }))
}

async function values(
  label: string,
  metric: string | undefined,
  isQuoted: boolean,
): Promise<readonly Completion[]> {
  const found = await valuesOf(label, metric)
  return found.map((value) => ({
    label: value,
    type: 'text',
    apply: isQuoted ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value),
  }))
}

const WORD_OPTIONS: readonly Completion[] = [
  ...[...FUNCTIONS.values()].map(({ name, argTypes, returnType, variadic, experimental }) => ({
    label: name,
    type: 'function',
    detail: `(${argTypes.join(', ')}${variadic === 0 ? '' : ' …'}) → ${returnType}`,
    info: `${FUNCTION_DOCS[name] ?? ''}${experimental ? ' Experimental.' : ''}`,
    apply: `${name}(`,
    boost: 1,
  })),
  ...Object.entries(AGGREGATION_DOCS).map(([label, info]) => ({
    label,
    type: 'keyword',
    detail: 'aggregation',
    info,
    boost: 2,
  })),
  ...Object.entries(KEYWORD_DOCS).map(([label, info]) => ({ label, type: 'keyword', info })),
]

import type { Completion, CompletionResult } from '@codemirror/autocomplete'
import { lokiLabelNames, lokiLabelValues } from '../../api/loki.ts'
import type { CompletionRequest } from '../query-language.ts'
import { remembered } from '../remembered.ts'
import { completionPlace, type CompletionPlace } from './completion-place.ts'
import { AGGREGATE_DOCS, PIPE_DOCS, RANGE_DOCS, STAGE_DOCS, WORD_DOCS } from './word-docs.ts'

/** Streams that had a line so lately are offered. */
const LOOKED_BACK_MS = 86_400_000
const MOST_OPTIONS = 500
const DURATIONS = ['$__auto', '1m', '5m', '15m', '30m', '1h', '6h', '1d']

const labelNames = remembered((selector: string | undefined) => lokiLabelNames(lately(), selector))
const labelValues = remembered((name: string, selector: string | undefined) =>
  lokiLabelValues(name, lately(), selector),
)

function lately(): { readonly fromMs: number; readonly toMs: number } {
  const nowMs = Date.now()
  return { fromMs: nowMs - LOOKED_BACK_MS, toMs: nowMs }
}

/** Labels, values, functions, stages and words at the cursor. */
export async function completeLogql(request: CompletionRequest): Promise<CompletionResult | null> {
  const place = completionPlace(request.text, request.at)
  if (place.kind === 'none') return null
  const typed = request.text.slice(place.from, request.at)
  const isQuiet = place.kind === 'expression' || place.kind === 'pipe'
  if (isQuiet && typed === '' && !request.isExplicit) return null
  const options = await optionsOf(place)
  if (request.signal.aborted || options.length === 0) return null
  const validFor = place.kind === 'value' ? /^[^"'`\\]*$/ : /^\w*$/
  return { from: place.from, options: narrow(options, typed), validFor }
}

function optionsOf(
  place: Exclude<CompletionPlace, { readonly kind: 'none' }>,
): Promise<readonly Completion[]> | readonly Completion[] {
  switch (place.kind) {
    case 'expression':
      return EXPRESSIONS
    case 'label':
      return labels(place.selector)
    case 'value':
      return values(place.label, place.selector, place.isQuoted)
    case 'duration':
      return DURATIONS.map((label) => ({ label, type: 'constant' }))
    case 'stage':
      return stages()
    case 'pipe':
      return PIPES
    default:
      return place satisfies never
  }
}

function narrow(options: readonly Completion[], typed: string): Completion[] {
  if (options.length <= MOST_OPTIONS) return [...options]
  const wanted = typed.toLowerCase()
  return options.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, MOST_OPTIONS)
}

async function labels(selector: string | undefined): Promise<readonly Completion[]> {
  const names = await labelNames(selector)
  return names.map((label) => ({ label, type: 'property' }))
}

async function values(
  label: string,
  selector: string | undefined,
  isQuoted: boolean,
): Promise<readonly Completion[]> {
  const found = await labelValues(label, selector)
  return found.map((value) => ({
    label: value,
    type: 'text',
    apply: isQuoted ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value),
  }))
}

/** Labels of streams can be filtered by, too. */
async function stages(): Promise<readonly Completion[]> {
  return [...STAGES, ...(await labels(undefined))]
}

const STAGES: readonly Completion[] = Object.entries(STAGE_DOCS).map(([label, [apply, info]]) => {
  return { label, apply, info, type: 'keyword', boost: 1 }
})

const PIPES: readonly Completion[] = Object.entries(PIPE_DOCS).map(([label, info], i) => {
  return { label, info, type: 'keyword', boost: -i, apply: label === '|' ? '| ' : `${label} "` }
})

const EXPRESSIONS: readonly Completion[] = [
  { label: '{', type: 'keyword', info: 'Streams by their labels: {app="web"}.', boost: 3 },
  ...Object.entries(RANGE_DOCS).map(([label, info]) => {
    return { label, info, type: 'function', apply: `${label}(`, detail: 'over a range' }
  }),
  ...Object.entries(AGGREGATE_DOCS).map(([label, info]) => {
    return { label, info, type: 'keyword', detail: 'aggregation', boost: 2 }
  }),
  ...Object.entries(WORD_DOCS).map(([label, info]) => ({ label, info, type: 'keyword' })),
]

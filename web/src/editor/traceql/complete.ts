import type { Completion, CompletionResult } from '@codemirror/autocomplete'
import { printField } from '../../../../src/lang/traceql/print.ts'
import type { AttributeScope } from '../../../../src/lang/traceql/ast.ts'
import { traceTags, traceTagValues, type TagValueJson } from '../../api/tempo.ts'
import type { CompletionRequest } from '../query-language.ts'
import { remembered } from '../remembered.ts'
import { completionPlace, type CompletionPlace } from './completion-place.ts'
import {
  COMPARISON_DOCS,
  CONJUNCTION_DOCS,
  INTRINSIC_DOCS,
  METRICS_DOCS,
  PIPE_DOCS,
  SCOPE_DOCS,
  STAGE_DOCS,
} from './word-docs.ts'

/** Spans that came so lately are looked at. */
const LOOKED_BACK_MS = 6 * 3_600_000
const MOST_OPTIONS = 500
const DURATIONS = ['10ms', '50ms', '100ms', '250ms', '500ms', '1s', '2s', '5s', '10s', '1m']
const SCOPES: readonly AttributeScope[] = ['span', 'resource', 'event', 'link', 'instrumentation']

const tags = remembered(() => traceTags(lately()))
const tagValues = remembered((field: string, query: string | undefined) =>
  traceTagValues(field, lately(), query),
)

function lately(): { readonly fromMs: number; readonly toMs: number } {
  const nowMs = Date.now()
  return { fromMs: nowMs - LOOKED_BACK_MS, toMs: nowMs }
}

/** Names, values, comparisons and stages at the cursor. */
export async function completeTraceql(
  request: CompletionRequest,
): Promise<CompletionResult | null> {
  const place = completionPlace(request.text, request.at)
  if (place.kind === 'none') return null
  const typed = request.text.slice(place.from, request.at)
  if (QUIET.has(place.kind) && typed === '' && !request.isExplicit) return null
  const options = await optionsOf(place)
  if (request.signal.aborted || options.length === 0) return null
  return { from: place.from, options: narrow(options, typed), validFor: VALID[place.kind] ?? WORD }
}

/** Places at which a list that opens by itself would be in the way. */
const QUIET: ReadonlySet<string> = new Set([
  'spans',
  'comparison',
  'conjunction',
  'pipe',
  'grouping',
])
const WORD = /^\w*$/
const VALID: Readonly<Partial<Record<CompletionPlace['kind'], RegExp>>> = {
  field: /^[^\s{}()=~!<>&|^,"]*$/,
  value: /^[^"`\\\s]*$/,
}

function optionsOf(
  place: Exclude<CompletionPlace, { readonly kind: 'none' }>,
): Promise<readonly Completion[]> | readonly Completion[] {
  switch (place.kind) {
    case 'spans':
      return SPANS
    case 'field':
      return fields()
    case 'value':
      return values(place.field, place.query, place.isQuoted)
    case 'comparison':
      return COMPARISONS
    case 'conjunction':
      return CONJUNCTIONS
    case 'stage':
      return STAGES
    case 'pipe':
      return PIPES
    case 'grouping':
      return GROUPINGS
    default:
      return place satisfies never
  }
}

function narrow(options: readonly Completion[], typed: string): Completion[] {
  if (options.length <= MOST_OPTIONS) return [...options]
  const wanted = typed.toLowerCase()
  return options.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, MOST_OPTIONS)
}

/** Attributes that spans have, with their scopes, then intrinsics and the scopes themselves. */
async function fields(): Promise<readonly Completion[]> {
  // What is known without asking is offered all the same when there is no answer.
  const scopes = await tags().catch(() => [])
  const attributes = scopes.flatMap(({ name, tags: names }): Completion[] => {
    const scope = SCOPES.find((one) => one === name)
    if (scope === undefined) return []
    return names.map((tag) => ({
      label: printField({ kind: 'attribute', scope, name: tag, isParent: false, start: 0, end: 0 }),
      type: 'property',
      detail: name,
      boost: scope === 'resource' && tag === 'service.name' ? 5 : 1,
    }))
  })
  return [...attributes, ...INTRINSICS, ...SCOPE_OPTIONS]
}

async function values(
  field: string,
  query: string | undefined,
  isQuoted: boolean,
): Promise<readonly Completion[]> {
  if (/(?:^|:)(?:duration|traceDuration|timeSinceStart)$/.test(field)) {
    return isQuoted ? [] : DURATIONS.map((label, i) => ({ label, type: 'constant', boost: -i }))
  }
  const found = await tagValues(field, query)
  return found.flatMap((one) => valueOption(one, isQuoted))
}

/** Texts are put into quotes; numbers and words stand without. */
function valueOption({ type, value }: TagValueJson, isQuoted: boolean): Completion[] {
  if (type !== 'string') return isQuoted ? [] : [{ label: value, type: 'constant' }]
  const written = JSON.stringify(value)
  return [{ label: value, type: 'text', apply: isQuoted ? written.slice(1, -1) : written }]
}

/** The short ones first: `duration` before `span:duration`. */
const INTRINSICS: readonly Completion[] = Object.entries(INTRINSIC_DOCS).map(([label, info]) => {
  return { label, info, type: 'variable', detail: 'intrinsic', boost: label.includes(':') ? -2 : 2 }
})

const SCOPE_OPTIONS: readonly Completion[] = Object.entries(SCOPE_DOCS).map(([label, info]) => {
  return { label, info, type: 'keyword', detail: 'scope', boost: -1 }
})

const SPANS: readonly Completion[] = [
  { label: '{ }', type: 'keyword', info: 'All spans.', apply: '{  }' },
  {
    label: '{ status = error }',
    type: 'keyword',
    info: 'Spans that failed.',
  },
]

const COMPARISONS = operators(COMPARISON_DOCS)
const CONJUNCTIONS = operators(CONJUNCTION_DOCS)
const PIPES = operators(PIPE_DOCS)

function operators(docs: Readonly<Record<string, string>>): readonly Completion[] {
  return Object.entries(docs).map(([label, detail], i) => {
    return { label, detail, type: 'keyword', boost: -i, apply: `${label} ` }
  })
}

function stages(
  docs: Readonly<Record<string, readonly [insert: string, doc: string]>>,
  detail: string,
): readonly Completion[] {
  return Object.entries(docs).map(([label, [apply, info]]) => {
    return { label, apply, info, detail, type: 'function' }
  })
}

const STAGES = [...stages(STAGE_DOCS, 'span sets'), ...stages(METRICS_DOCS, 'metrics')]

const GROUPINGS: readonly Completion[] = [
  { label: 'by', type: 'keyword', info: 'A series for each value of a field.', apply: 'by (' },
]

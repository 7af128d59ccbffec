import type { SearchRegex } from '../../model/regex.ts'
import { attributeText } from './attribute-text.ts'
import type { BatchView } from './batch-view.ts'

/** OpenTelemetry's names, by its numbers. */
export const KIND_NAMES = [
  ...['SPAN_KIND_UNSPECIFIED', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER'],
  ...['SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_CONSUMER'],
] as const
export const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'] as const

/** What one attribute, or one of the intrinsics `name`, `kind` and `status`, has to be. */
export interface FilterTest {
  readonly of: 'span' | 'resource' | 'name' | 'kind' | 'status'
  /** The name of the attribute; '' for intrinsics. */
  readonly attribute: string
  /** A typed text (model/attribute-value.ts) that the attribute equals, or the text of the intrinsic. */
  readonly equals?: string
  /** A pattern that is found in the text. */
  readonly pattern?: Pick<SearchRegex, 'test'> & { readonly source: string }
}

/** Tests that all have to hold. */
export type FilterRule = readonly FilterTest[]

/** Tempo's filter policies (pkg/spanfilter): a span counts when no `exclude` fits and the others let it. */
export interface FilterPolicy {
  readonly include?: FilterRule
  readonly includeAny?: FilterRule
  readonly exclude?: FilterRule
}

/** Whether a span counts under these policies. Without any it does. */
export function passesFilters(
  policies: readonly FilterPolicy[],
  view: BatchView,
  row: number,
): boolean {
  if (policies.length === 0) return true
  const fits = (rule: FilterRule): boolean => rule.every((test) => passes(test, view, row))
  let hasInclude = false
  let isIncluded = true
  let hasAny = false
  let isAny = false
  for (const { include, includeAny, exclude } of policies) {
    if (exclude !== undefined && fits(exclude)) return false
    if (includeAny !== undefined) {
      hasAny = true
      isAny ||= fits(includeAny)
    }
    if (include !== undefined) {
      hasInclude = true
      isIncluded &&= fits(include)
    }
  }
  return isAny || (hasInclude ? isIncluded : !hasAny)
}

function passes(test: FilterTest, view: BatchView, row: number): boolean {
  const { of, attribute, equals, pattern } = test
  const { batch } = view
  switch (of) {
    case 'name':
      return isText(test, batch.strings[batch.names[row] ?? 0] ?? '')
    case 'kind':
      return isText(test, KIND_NAMES[batch.kinds[row] ?? 0] ?? KIND_NAMES[0])
    case 'status':
      return isText(test, STATUS_NAMES[batch.statuses[row] ?? 0] ?? STATUS_NAMES[0])
    default: {
      const typed = of === 'span' ? view.ofSpan(row, attribute) : view.ofResource(row, attribute)
      if (typed === undefined) return false
      if (pattern === undefined) return typed === equals
      // What is no text is an empty one to Go's getter.
      return pattern.test(typed.startsWith('s') ? attributeText(typed) : '')
    }
  }
}

function isText({ equals, pattern }: FilterTest, text: string): boolean {
  return pattern === undefined ? text === equals : pattern.test(text)
}

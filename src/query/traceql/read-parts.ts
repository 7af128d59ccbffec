import type { Field } from '../../lang/traceql/ast.ts'
import type { SpanParts } from '../../store/spans-source.ts'

/** What of spans has to be read to tell these fields; all else of a span is left in the store. */
export function partsOf(fields: readonly Field[]): SpanParts {
  const attributes = new Set<string>()
  let [hasEvents, hasLinks, hasScope, hasMessage] = [false, false, false, false]
  for (const field of fields) {
    if (field.kind === 'intrinsic') {
      hasEvents ||= field.name.startsWith('event:')
      hasLinks ||= field.name.startsWith('link:')
      hasScope ||= field.name.startsWith('instrumentation:')
      hasMessage ||= field.name === 'statusMessage'
      continue
    }
    const { scope, name } = field
    const isAny = scope === 'any'
    if (isAny || scope === 'span') attributes.add(name)
    hasEvents ||= isAny || scope === 'event'
    hasLinks ||= isAny || scope === 'link'
    hasScope ||= scope === 'instrumentation'
  }
  return { attributes: [...attributes], hasEvents, hasLinks, hasScope, hasMessage }
}

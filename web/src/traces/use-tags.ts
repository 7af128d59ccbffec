import { useQuery } from '@tanstack/react-query'
import type { Attribute } from '../../../src/lang/traceql/ast.ts'
import { printField } from '../../../src/lang/traceql/print.ts'
import { traceTags, traceTagValues, type TagValueJson } from '../api/tempo.ts'
import { useTime } from '../time/time-context.tsx'

const OPTIONS = { staleTime: 30_000, gcTime: 60_000, retry: false } as const
const SCOPES = ['resource', 'span'] as const

/** Attributes that spans of the range have, as TraceQL writes them. */
export function useTagNames(isOn: boolean): readonly string[] {
  const { resolved } = useTime()
  const { data = [] } = useQuery({
    queryKey: ['trace-tags', resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => traceTags(resolved, signal),
    enabled: isOn,
    ...OPTIONS,
  })
  return SCOPES.flatMap((scope) => {
    const tags = data.find(({ name }) => name === scope)?.tags ?? []
    return tags.map((name) => {
      const attribute: Attribute = {
        kind: 'attribute',
        scope,
        name,
        isParent: false,
        start: 0,
        end: 0,
      }
      return printField(attribute)
    })
  })
}

/** Values of an attribute of the spans that a query leaves. */
export function useTagValues(tag: string, query: string, isOn: boolean): readonly TagValueJson[] {
  const { resolved } = useTime()
  const { data = [] } = useQuery({
    queryKey: ['trace-tag-values', tag, query, resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => traceTagValues(tag, resolved, query, signal),
    enabled: isOn,
    ...OPTIONS,
  })
  return data
}

import { LanguageType, promQLLanguage } from '@prometheus-io/codemirror-promql/dist/esm/promql'
import { parse } from '../../../../src/lang/promql/parse.ts'
import { prettify } from '../../../../src/lang/promql/print.ts'
import type { QueryLanguage } from '../query-language.ts'
import { completePromql } from './complete.ts'

export const promqlLanguage: QueryLanguage = {
  id: 'promql',
  name: 'PromQL',
  placeholder: 'A metric or an expression: rate(node_cpu_seconds_total[5m])',
  support: () => promQLLanguage(LanguageType.PromQL),
  check: (text) => {
    if (text.trim() === '') return []
    const parsed = parse(text)
    return parsed.ok ? [] : parsed.faults
  },
  complete: completePromql,
  format: (text) => {
    const parsed = parse(text)
    return parsed.ok ? prettify(parsed.expr) : undefined
  },
}

import { parse } from '../../../../src/lang/logql/parse.ts'
import { prettify } from '../../../../src/lang/logql/print.ts'
import type { QueryLanguage } from '../query-language.ts'
import { completeLogql } from './complete.ts'
import { logqlHighlight } from './highlight.ts'

export const logqlLanguage: QueryLanguage = {
  id: 'logql',
  name: 'LogQL',
  placeholder: 'Streams and what to look for in them: {app="web"} |= "error"',
  support: () => logqlHighlight,
  check: (text) => (text.trim() === '' ? [] : parse(withoutVariables(text)).faults),
  complete: completeLogql,
  format: (text) => {
    const { expr } = parse(text)
    return expr && prettify(expr)
  },
}

/** Grafana's variables for ranges, such as `$__auto`, are filled in before a query is sent: here by a duration as long as they are. */
function withoutVariables(text: string): string {
  return text.replaceAll(/\$__[a-z_]+/g, (name) => '1s'.padStart(name.length, '0'))
}

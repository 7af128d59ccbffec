import type { RuleLanguage } from './rule-config.ts'

/**
 * Where a person sees an expression as a table: the path that Prometheus writes into its alerts (util/strutil,
 * TableLinkForExpression). For LogQL and TraceQL it says so, and leads to the logs and traces.
 */
export function generatorUrl(
  externalUrl: string,
  query: string,
  language: RuleLanguage = 'promql',
): string {
  // Half of a surrogate pair has no UTF-8, and would throw.
  const text = encodeURIComponent(query.replace(/[\ud800-\udfff]/gu, '\ufffd'))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
  const url = `${externalUrl}/graph?g0.expr=${text}&g0.tab=1`
  if (language === 'traceql') return `${url}&g0.type=tempo`
  return language === 'logql' ? `${url}&g0.type=loki` : url
}

/**
 * Where a person sees an expression as a table: the path that Prometheus writes into its alerts (util/strutil,
 * TableLinkForExpression).
 */
export function generatorUrl(externalUrl: string, query: string): string {
  // Half of a surrogate pair has no UTF-8, and would throw.
  const text = encodeURIComponent(query.replace(/[\ud800-\udfff]/gu, '\ufffd'))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
  return `${externalUrl}/graph?g0.expr=${text}&g0.tab=1`
}

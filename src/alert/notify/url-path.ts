/** A URL whose path ends with a slash, as the original makes those that it appends to. */
export function withSlash(url: string): string {
  const [, base = url, rest = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? []
  return base.endsWith('/') ? url : `${base}/${rest}`
}

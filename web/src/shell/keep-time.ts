/** The part of an address after `?`: every value as text, a list where a name comes several times. */
export type Search = Readonly<Record<string, string | readonly string[] | undefined>>

/** Range, zone and refresh follow from page to page; nothing else of an address does. */
export function keepTime(search: Search): Search {
  const kept = ['from', 'to', 'timezone', 'refresh'].filter((name) => search[name] !== undefined)
  return Object.fromEntries(kept.map((name) => [name, search[name]]))
}

/** `?a=1&b=x&b=y` as texts: ids and times that look like numbers stay what they are. */
export function parseSearch(text: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {}
  const params = new URLSearchParams(text)
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name)
    found[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return found
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string') params.append(name, one)
    }
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

/** The text of a parameter; of a list the first. */
export function textOf(search: Search, name: string): string | undefined {
  const value = search[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** The parameters of an address that are texts or lists of texts, which is all that `parseSearch` makes. */
export function toSearch(parsed: Readonly<Record<string, unknown>>): Search {
  const search: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'string') search[name] = value
    else if (Array.isArray(value)) search[name] = value.filter((one) => typeof one === 'string')
  }
  return search
}

import type { Labels } from '../../model/labels.ts'

const PARAM_PREFIX = '__param_'

/**
 * The URL that a target is scraped at, as Prometheus writes it (scrape/target.go, Target.URL): scheme, address and path from the
 * labels; the job's `params`, the first value of each from its label. An address or scheme that makes no URL stays as it is: its
 * scrapes fail and say so.
 */
export function targetUrl(
  labels: Labels,
  params: Readonly<Record<string, readonly string[]>>,
): string {
  const scheme = labels.get('__scheme__')
  const path = escapePath(labels.get('__metrics_path__'))
  const query = queryOf(labels, params)
  const slash = path === '' || path.startsWith('/') ? '' : '/'
  const head = `${scheme === '' ? '' : `${scheme}:`}//${labels.get('__address__')}`
  return `${head}${slash}${path}${query === '' ? '' : `?${query}`}`
}

/** Sorted by name, as Go's url.Values.Encode does. */
function queryOf(labels: Labels, params: Readonly<Record<string, readonly string[]>>): string {
  const all = new Map<string, string[]>()
  for (const [name, values] of Object.entries(params)) {
    if (values.length > 0) all.set(name, [...values])
  }
  for (let i = 0; i < labels.flat.length; i += 2) {
    const label = labels.flat[i] as string
    if (!label.startsWith(PARAM_PREFIX)) continue
    const name = label.slice(PARAM_PREFIX.length)
    const values = all.get(name)
    if (values === undefined) all.set(name, [labels.flat[i + 1] as string])
    else values[0] = labels.flat[i + 1] as string
  }
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) =>
      values.map((value) => `${escapeQuery(name)}=${escapeQuery(value)}`),
    )
    .join('&')
}

/** Go's url.QueryEscape. */
function escapeQuery(text: string): string {
  return escapeAll(text).replaceAll('%20', '+')
}

/** Go's escaping of a path: a `?` in `metrics_path` is part of the path, parameters are given by `params`. */
function escapePath(path: string): string {
  return escapeAll(path).replace(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
}

function escapeAll(text: string): string {
  // Half of a surrogate pair has no UTF-8, and would throw.
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd')).replace(
    /[!'()*]/g,
    percent,
  )
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

/** What a document of YAML holds. */
export type Json = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands at a path of keys; undefined where it ends before. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const key of path) here = isMap(here) ? here[key] : undefined
  return here
}

/** The mappings of a list; none where there is no list. */
export function mapsAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isMap) : []
}

/** The mapping there, or an empty one. */
export function mapAt(value: unknown, ...path: readonly string[]): Json {
  const found = at(value, ...path)
  return isMap(found) ? found : {}
}

/** The text there, or ''. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** Every mapping of a value, itself included, with what it is reached by. */
export function mapsWithin(value: unknown, path = ''): readonly (readonly [string, Json])[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, i) => mapsWithin(item, `${path}[${i}]`))
  }
  if (!isMap(value)) return []
  const inner = Object.entries(value).flatMap(([key, each]) => mapsWithin(each, `${path}.${key}`))
  return [[path, value], ...inner]
}

import { compileAnchored } from '../../model/regex.ts'

/** Most folders that a pattern may stand for, so that `/*` of a large tree ends. */
const MAX_MATCHES = 1000

const META = /[*?[]/

/**
 * The paths that a pattern of Go's filepath.Glob stands for, sorted: `*`, `?` and `[a-z]` within one name. `list` gives the names in
 * a folder and may reject; then nothing matches there. A path without wildcards is given back as it is.
 */
export async function expandGlob(
  pattern: string,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<string[]> {
  if (!META.test(pattern)) return [pattern]
  const [first = '', ...rest] = pattern.split('/')
  let found = META.test(first) ? await matchIn('', first, list) : [first]
  for (const segment of rest) {
    if (!META.test(segment)) {
      found = found.map((folder) => `${folder}/${segment}`)
      continue
    }
    const next: string[] = []
    for (const folder of found) {
      next.push(...(await matchIn(`${folder}/`, segment, list)))
      if (next.length >= MAX_MATCHES) break
    }
    found = next.slice(0, MAX_MATCHES)
  }
  return found
}

async function matchIn(
  folder: string,
  segment: string,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const regex = compileAnchored(toRegex(segment))
  const names = await list(folder === '' ? '.' : folder).catch(() => [])
  return names
    .filter((name) => regex.test(name))
    .sort()
    .map((name) => folder + name)
}

/** The same in RE2: a name has no slash, so that `*` is `.*`; a class is written alike. */
function toRegex(segment: string): string {
  return segment.replace(/\[[^\]]*\]|[*?]|[\\.+^$|(){}[\]]/g, (part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    return part.length > 1 ? part : `\\${part}`
  })
}

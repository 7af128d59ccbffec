import { JsonFault, readObject } from './json-scan.ts'
import { joinLabelName } from './parse-json.ts'

const MAX_DEPTH = 64

/** Where the labels that `| json` makes of a line come from: the keys from the outside to the value, by the name of the label. */
export function jsonPaths(text: string): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>()
  const walk = (prefix: string, keys: readonly string[], start: number, end: number): boolean =>
    readObject(text, start, end, (key, value) => {
      const name = joinLabelName(prefix, key)
      const path = [...keys, key]
      if (value.kind === 'object') {
        return path.length > MAX_DEPTH || walk(name, path, value.start, value.end)
      }
      if (value.kind !== 'array' && value.kind !== 'null' && !paths.has(name)) {
        paths.set(name, path)
      }
      return true
    })
  try {
    walk('', [], 0, text.length)
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
  }
  return paths
}

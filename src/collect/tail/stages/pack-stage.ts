import type { YamlNode } from '../../../yaml/node.ts'
import { quoteGoJson } from './go-json.ts'
import { readSettings } from './settings.ts'
import type { StageSpec } from './stage.ts'
import { textOf } from './value-text.ts'

/**
 * `pack`: puts extracted values and labels into the line, as a JSON object with the line in `_entry`, and takes the labels away. The
 * time becomes the present unless `ingest_timestamp` is false, since lines of other streams meet in one.
 */
export function readPack(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = node.isEmpty
    ? { names: [], takesNow: true }
    : readSettings(node, ['labels', 'ingest_timestamp'], (map) => ({
        names: map.key('labels').asStrings() ?? [],
        takesNow: map.key('ingest_timestamp').asBool() ?? true,
      }))
  if (settings === undefined) return undefined
  const names = [...new Set(settings.names)].sort()
  return ({ labels: cache, nowMs }) => ({
    step: (entry) => {
      let packed = '{'
      for (const name of names) {
        const value = textOf(entry.extracted.get(name))
        if (value === undefined) continue
        packed += `${quoteGoJson(name)}:${quoteGoJson(value)},`
        entry.labels = cache.without(entry.labels, name)
      }
      entry.line = `${packed}"_entry":${quoteGoJson(entry.line)}}`
      if (settings.takesNow) entry.timestampNs = BigInt(Math.round(nowMs() * 1000)) * 1000n
      return true
    },
  })
}

import { LogfmtDecoder } from '../../../lang/logql/pipeline/logfmt-decoder.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readSettings, readSource } from './settings.ts'
import type { StageSpec, StepStage } from './stage.ts'
import { textOf } from './value-text.ts'

interface LogfmtSettings {
  /** The key of the line, and the name of the extracted value. */
  readonly mapping: ReadonlyMap<string, string>
  readonly source: string | undefined
}

/** `logfmt`: values of `key=value` pairs. */
export function readLogfmt(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['mapping', 'source'], (map) => {
    const mapping = map.key('mapping')
    const entries = mapping.asMap()?.entries() ?? []
    if (entries.length === 0 && (mapping.isEmpty || mapping.isMap)) {
      node.errorAtKey('mapping must be set: names with the key of the line, such as `level: lvl`')
    }
    const pairs = entries.map((entry): [string, string] => {
      const key = entry.asString()
      return [key === undefined || key === '' ? entry.name : key, entry.name]
    })
    return { mapping: new Map(pairs), source: readSource(map.key('source')) }
  })
  return settings && (() => logfmtStage(settings))
}

function logfmtStage({ mapping, source }: LogfmtSettings): StepStage {
  const decoder = new LogfmtDecoder()
  return {
    step: ({ line, extracted }) => {
      const text = source === undefined ? line : textOf(extracted.get(source))
      if (text === undefined) return true
      decoder.begin(text)
      // What stands before a fault counts.
      while (decoder.next()) {
        const name = mapping.get(decoder.key)
        if (name !== undefined) extracted.set(name, decoder.value)
      }
      return true
    },
  }
}

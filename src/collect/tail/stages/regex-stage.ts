import type { GroupRegex } from '../../../model/group-regex.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readRegex, readSettings, readSource } from './settings.ts'
import type { StageSpec, StepStage } from './stage.ts'
import { textOf } from './value-text.ts'

/** `regex`: the named groups of the first match. */
export function readRegexStage(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['expression', 'source'], (map) => ({
    regex: readRegex(map, 'expression'),
    source: readSource(map.key('source')),
  }))
  const regex = settings?.regex
  if (settings === undefined || regex === undefined) return undefined
  return () => regexStage(regex, settings.source)
}

function regexStage(regex: GroupRegex, source: string | undefined): StepStage {
  const named = [...regex.names.entries()].filter(([, name]) => name !== '')
  return {
    step: ({ line, extracted }) => {
      const text = source === undefined ? line : textOf(extracted.get(source))
      const groups = text === undefined ? undefined : regex.match(text)
      if (groups !== undefined) {
        for (const [index, name] of named) extracted.set(name, groups[index])
      }
      return true
    },
  }
}

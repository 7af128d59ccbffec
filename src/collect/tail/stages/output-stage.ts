import type { YamlNode } from '../../../yaml/node.ts'
import { readRequired, readSettings } from './settings.ts'
import type { StageSpec } from './stage.ts'
import { textOf } from './value-text.ts'

/** `output`: an extracted value becomes the line. */
export function readOutput(node: YamlNode): StageSpec['compile'] | undefined {
  const source = readSettings(node, ['source'], (map) => readRequired(map, 'source'))
  if (source === undefined) return undefined
  return () => ({
    step: (entry) => {
      const value = textOf(entry.extracted.get(source))
      if (value !== undefined) entry.line = value
      return true
    },
  })
}

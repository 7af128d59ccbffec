import type { YamlNode } from '../../../yaml/node.ts'
import { isLabelName, readSettings, readSource } from './settings.ts'
import type { StageSpec } from './stage.ts'
import { textOf } from './value-text.ts'

/** `eventlogmessage`: the `Name: value` lines of a message of the Windows event log. */
export function readEventLogMessage(node: YamlNode): StageSpec['compile'] | undefined {
  const names = ['source', 'drop_invalid_labels', 'overwrite_existing']
  const read = node.isEmpty
    ? { source: undefined, dropsInvalid: false, overwrites: false }
    : readSettings(node, names, (map) => {
        const source = readSource(map.key('source'))
        if (source !== undefined && !isLabelName(source)) {
          map
            .key('source')
            .error('must be a label name: letters, digits and _ are allowed, no digit first')
        }
        return {
          source,
          dropsInvalid: map.key('drop_invalid_labels').asBool() ?? false,
          overwrites: map.key('overwrite_existing').asBool() ?? false,
        }
      })
  if (read === undefined) return undefined
  const { source = 'message', dropsInvalid, overwrites } = read
  return ({ drop }) => ({
    step: ({ extracted }) => {
      const found = extracted.get(source)
      if (found === undefined) return true
      const message = textOf(found)
      if (message === undefined) {
        drop('invalid_event_log_message')
        return false
      }
      for (const line of message.split('\r\n')) {
        const at = line.indexOf(':')
        if (at < 0) continue
        let name = line.slice(0, at)
        if (!isLabelName(name)) {
          if (dropsInvalid) continue
          name = toLabelName(name)
        }
        if (!overwrites && extracted.has(name)) name += '_extracted'
        extracted.set(name, line.slice(at + 1).trim())
      }
      return true
    },
  })
}

function toLabelName(name: string): string {
  if (name === '') return '_'
  return Array.from(name, (char, at) =>
    /[a-zA-Z_]/.test(char) || (at > 0 && /[0-9]/.test(char)) ? char : '_',
  ).join('')
}

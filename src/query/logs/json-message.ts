import { JsonFault, readObject, type JsonValue } from '../../lang/logql/pipeline/json-scan.ts'
import { WILDCARD } from './tokenize-line.ts'

/** Keys of JSON lines that hold what the line says; an earlier one is taken rather than a later one. */
const MESSAGE_KEYS = ['log', 'message', 'msg', 'msg_', '_msg', 'content', 'body', 'error', 'err']

/** The text that a line says, with what stands around it as a pattern has it. */
export interface LineMessage {
  readonly prefix: string
  readonly text: string
  readonly suffix: string
}

/**
 * Of a line of JSON its message, as it is written there (escapes and all), so that a pattern of it is found in the line again.
 * Undefined for lines that are not JSON or have no message that is a text.
 */
export function findJsonMessage(line: string): LineMessage | undefined {
  if (!/^\s*\{/.test(line)) return undefined
  let best = MESSAGE_KEYS.length
  let found: JsonValue | undefined
  try {
    readObject(line, 0, line.length, (key, value) => {
      const rank = value.kind === 'string' ? MESSAGE_KEYS.indexOf(key) : -1
      if (rank >= 0 && rank < best) {
        best = rank
        found = value
      }
      return true
    })
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    return undefined
  }
  if (found === undefined) return undefined
  const keyStart = line.lastIndexOf(`"${MESSAGE_KEYS[best]}"`, found.start)
  if (keyStart < 0) return undefined
  return {
    prefix: `${WILDCARD}${line.slice(keyStart, found.start)}`,
    text: line.slice(found.start, found.end),
    suffix: `"${WILDCARD}`,
  }
}

import type { Extraction } from '../ast.ts'
import { parseJsonPath } from '../extraction-path.ts'
import {
  findItem,
  JsonFault,
  readObject,
  readValue,
  textOfValue,
  type JsonValue,
} from './json-scan.ts'
import { EXTRACTED } from './line-labels.ts'
import { failParser, parserStage, type ReadyStage } from './stage.ts'

/** `| json first="servers[0]", ua="request.headers[\"User-Agent\"]"`: labels of single values. */
export function jsonExtractionStage(extractions: readonly Extraction[]): ReadyStage {
  const wanted = extractions.map(({ label, expression }) => ({
    label,
    path: parseJsonPath(expression),
  }))
  return parserStage((text, labels) => {
    if (text === '' || labels.hints.isDone) return
    if (!/^["{[]/.test(text)) {
      failParser(labels, 'JSONParserErr')
      return
    }
    const missing: string[] = []
    for (const { label, path } of wanted) {
      try {
        const value = findPath(text, path)
        const name = labels.isTaken(label) ? label + EXTRACTED : label
        if (value) labels.setParsed(name, textOfValue(text, value))
        else missing.push(label)
      } catch (thrown) {
        if (!(thrown instanceof JsonFault)) throw thrown
        failParser(labels, 'JSONParserErr', thrown.message)
        missing.push(label)
      }
    }
    for (const label of missing) {
      if (labels.get(label) === undefined) labels.setParsed(label, '')
    }
  })
}

/** The value at the end of a path; undefined when there is none. Throws `JsonFault`. */
function findPath(text: string, path: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = readRoot(text)
  for (const step of path) {
    if (value.kind === 'object' && typeof step === 'string') value = findKey(text, value, step)
    else if (value.kind === 'array' && typeof step === 'number') {
      value = findItem(text, value.start, value.end, step)
    } else return undefined
    if (!value) return undefined
  }
  return value
}

/** The whole line; whether its last brace is there does not matter to what is found before. */
function readRoot(text: string): JsonValue {
  const end = text.length
  if (text.startsWith('{')) return { kind: 'object', start: 0, end, after: end }
  if (text.startsWith('[')) return { kind: 'array', start: 0, end, after: end }
  return readValue(text, 0, end)
}

function findKey(text: string, object: JsonValue, wanted: string): JsonValue | undefined {
  let found: JsonValue | undefined
  readObject(text, object.start, object.end, (key, value) => {
    if (key !== wanted) return true
    found = value
    return false
  })
  return found
}

import { JsonFault, readObject, textOfValue, unescapeJson } from './json-scan.ts'
import { EXTRACTED, toLabelName, type LineLabels } from './line-labels.ts'
import { failParser, type LineInHand, type ReadyStage } from './stage.ts'

/** The key under which promtail's stage `pack` puts the line itself. */
const ENTRY = '_entry'

/** `| unpack`: takes apart what promtail's stage `pack` has put together. */
export function unpackStage(): ReadyStage {
  return {
    needs: [],
    run: (line) => {
      unpack(line)
      return true
    },
  }
}

function unpack(line: LineInHand): void {
  const { text, labels } = line
  if (text === '' || labels.hints.isDone) return
  if (!text.startsWith('{')) {
    failParser(labels, 'JSONParserErr', 'expecting json object(6), but it is not')
    return
  }
  try {
    const entry = readPacked(text, labels)
    if (entry !== undefined) line.text = entry
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    failParser(labels, 'JSONParserErr', thrown.message)
  }
}

/** The packed line, with the labels beside it set; undefined, and nothing set, when there is none. */
function readPacked(text: string, labels: LineLabels): string | undefined {
  let entry: string | undefined
  const found: [string, string][] = []
  readObject(text, 0, text.length, (key, value) => {
    if (value.kind !== 'string') return true
    if (key === ENTRY) {
      entry = unescapeJson(text.slice(value.start, value.end))
      if (entry === undefined) {
        throw new JsonFault('Encountered an invalid escape sequence in a string')
      }
      return true
    }
    const name = labels.isTaken(key) ? key + EXTRACTED : key
    if (labels.hints.wants(name)) found.push([toLabelName(name), textOfValue(text, value)])
    return true
  })
  if (entry !== undefined) {
    for (const [name, value] of found) labels.setParsed(name, value)
  }
  return entry
}

import { compileJmespath, JmespathError, type Jmespath } from '../../../lang/jmespath/compile.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { toGoJson } from './go-json.ts'
import { readSettings, readSource } from './settings.ts'
import type { StageEnv, StageSpec, StepStage } from './stage.ts'
import { textOf } from './value-text.ts'

export interface JsonSettings {
  readonly expressions: readonly (readonly [name: string, path: Jmespath])[]
  /** The extracted value that holds the JSON text; undefined: the line. */
  readonly source: string | undefined
  readonly dropMalformed: boolean
}

/** `json`: values of a JSON object by JMESPath. */
export function readJson(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['expressions', 'source', 'drop_malformed'], (map) => ({
    expressions: readExpressions(map.key('expressions'), node),
    source: readSource(map.key('source')),
    dropMalformed: map.key('drop_malformed').asBool() ?? false,
  }))
  return settings && ((env) => jsonStage(settings, env))
}

function readExpressions(node: YamlNode, stage: YamlNode): JsonSettings['expressions'] {
  const entries = node.asMap()?.entries() ?? []
  if (entries.length === 0 && (node.isEmpty || node.isMap)) {
    stage.errorAtKey(
      'expressions must be set: names with their JMESPath, such as `level: log.level`',
    )
  }
  return entries.flatMap((entry) => {
    const written = entry.asRawString()
    const source = written === undefined || written === '' ? entry.name : written
    try {
      return [[entry.name, compileJmespath(source)] as const]
    } catch (thrown) {
      if (!(thrown instanceof JmespathError)) throw thrown
      const message = `not a valid JMESPath: ${thrown.message}`
      if (source === written) entry.errorWithin(thrown.start, message)
      else entry.errorAtKey(`${message}; quote the name: '"${entry.name}"'`)
      return []
    }
  })
}

export function jsonStage(settings: JsonSettings, env: StageEnv): StepStage {
  const { expressions, source, dropMalformed } = settings
  const step = (entry: LogEntry): boolean => {
    const { extracted } = entry
    const text = source === undefined ? entry.line : textOf(extracted.get(source))
    if (text === undefined) return true
    const data = parseObject(text)
    if (data === undefined) {
      if (!dropMalformed) return true
      env.drop('malformed_json')
      return false
    }
    for (const [name, path] of expressions) {
      let found: unknown
      try {
        found = path.search(data)
      } catch (thrown) {
        // A function that is given what it does not take leaves the value as it was.
        if (thrown instanceof JmespathError) continue
        throw thrown
      }
      extracted.set(name, typeof found === 'object' && found !== null ? toGoJson(found) : found)
    }
    return true
  }
  return { step }
}

/** The object that a text is; undefined when it is none. `null` is an empty one, as in Go. */
function parseObject(text: string): object | undefined {
  try {
    const data: unknown = JSON.parse(text)
    if (data === null) return {}
    return typeof data === 'object' && !Array.isArray(data) ? data : undefined
  } catch {
    return undefined
  }
}

import { compileFinder } from '../../model/find-regex.ts'
import { RegexError } from '../../model/regex.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { DEFAULT_CORRELATION, type CorrelationSettings } from './settings.ts'

/** Names and patterns of one list: each is looked for in every line that is asked about. */
const MOST_ITEMS = 100

/** The section `correlation` of a vedette.yml. A list that is written stands in place of the default one. */
export function readCorrelation(node: YamlNode | undefined): CorrelationSettings {
  const map = node?.asMap()
  if (map === undefined) return DEFAULT_CORRELATION
  const settings = {
    traceIdFields: readNames(map.key('trace_id_fields')) ?? DEFAULT_CORRELATION.traceIdFields,
    spanIdFields: readNames(map.key('span_id_fields')) ?? DEFAULT_CORRELATION.spanIdFields,
    patterns: readPatterns(map.key('patterns')) ?? DEFAULT_CORRELATION.patterns,
    serviceLabels: readLabels(map.key('service_labels')) ?? DEFAULT_CORRELATION.serviceLabels,
  }
  map.finish()
  return settings
}

function readNames(node: YamlNode): readonly string[] | undefined {
  const names = node.asStrings()
  if (names !== undefined && names.length > MOST_ITEMS)
    return node.error(`has ${names.length} names, at most ${MOST_ITEMS} are allowed`)
  return names
}

function readLabels(node: YamlNode): readonly string[] | undefined {
  const names = readNames(node)
  const wrong = names?.find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
  if (wrong !== undefined) return node.error(`${JSON.stringify(wrong)} is no name of a label`)
  return names
}

function readPatterns(node: YamlNode): readonly string[] | undefined {
  const items = node.asList()
  if (items === undefined) return undefined
  if (items.length > MOST_ITEMS)
    return node.error(`has ${items.length} patterns, at most ${MOST_ITEMS} are allowed`)
  return items.flatMap((item) => {
    const source = item.asRawString() ?? ''
    if (source === '') return item.error('must not be empty') ?? []
    try {
      compileFinder(source, 'g')
      return [source]
    } catch (thrown) {
      if (!(thrown instanceof RegexError)) throw thrown
      return item.error(`not a regular expression: ${thrown.message}`) ?? []
    }
  })
}

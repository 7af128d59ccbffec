import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { suggestName } from '../../yaml/suggest.ts'
import { readContainer } from './container.ts'
import {
  readAdd,
  readFilter,
  readFlatten,
  readNoop,
  readRemove,
  readRetain,
  readRouter,
  readTransfer,
} from './edit-operators.ts'
import type { Operator } from './operator.ts'
import {
  readJsonParser,
  readKeyValueParser,
  readRegexParser,
  readSeverityParser,
  readTimeParser,
  readTraceParser,
} from './parsers.ts'
import { readRecombine } from './recombine.ts'

type ReadOperator = (map: YamlMap, type: string) => Operator | undefined

/** By the name that stanza gives them. */
const KINDS: ReadonlyMap<string, ReadOperator> = new Map<string, ReadOperator>([
  ['add', readAdd],
  ['container', readContainer],
  ['copy', readTransfer],
  ['filter', readFilter],
  ['flatten', readFlatten],
  ['json_parser', readJsonParser],
  ['key_value_parser', readKeyValueParser],
  ['move', readTransfer],
  ['noop', readNoop],
  ['recombine', readRecombine],
  ['regex_parser', readRegexParser],
  ['remove', readRemove],
  ['retain', readRetain],
  ['router', readRouter],
  ['severity_parser', readSeverityParser],
  ['time_parser', readTimeParser],
  ['trace_parser', readTraceParser],
])

/** Reads `operators`. An operator that there is not is an error at its line, and so is one that gives to another before it. */
export function readOperators(node: YamlNode): readonly Operator[] {
  const items = node.asList() ?? []
  const operators = items.map(readOperator)
  const ids = new Map<string, number>()
  for (const [i, operator] of operators.entries()) {
    if (operator === undefined) continue
    if (ids.has(operator.id) && items[i]?.asMap()?.key('id').isEmpty === false) {
      items[i]?.error(`the id ${operator.id} is used twice`)
    }
    ids.set(operator.id, i)
  }
  for (const [i, item] of items.entries()) {
    for (const { node: place, id } of outputsOf(item)) {
      if ((ids.get(id) ?? -1) <= i) place.error(`there is no operator ${id} behind this one`)
    }
  }
  return operators.filter((operator) => operator !== undefined)
}

function readOperator(item: YamlNode): Operator | undefined {
  const map = item.asMap()
  if (map === undefined) return item.isEmpty ? item.error('an empty operator') : undefined
  const node = map.key('type')
  const type = node.asString()
  if (type === undefined) return item.error('type must be set')
  const read = KINDS.get(type)
  if (read === undefined) {
    const near = suggestName(type, [...KINDS.keys()])
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    return node.error(
      `there is no operator ${type} here${hint}. There are ${[...KINDS.keys()].join(', ')}`,
    )
  }
  const operator = read(map, type)
  map.finish()
  return operator
}

/** The operators that one names. */
function outputsOf(item: YamlNode): readonly { readonly node: YamlNode; readonly id: string }[] {
  const map = item.asMap()
  if (map === undefined) return []
  const routes = map.key('routes').isEmpty ? [] : (map.key('routes').asList() ?? [])
  const places = [
    map.key('output'),
    map.key('default'),
    ...routes.map((route) => route.asMap()?.key('output')),
  ]
  return places.flatMap((node) => {
    if (node === undefined || node.isEmpty) return []
    const id = node.isScalar ? node.asString() : node.asStrings()?.[0]
    return id === undefined ? [] : [{ node, id }]
  })
}

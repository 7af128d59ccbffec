import { isMap, type AnyValue } from '../../formats/otlp/any-value.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  readCommon,
  readExpression,
  requireField,
  stepOperator,
  type CommonSettings,
} from './common-settings.ts'
import { compileExpression, ExpressionFault, isTrue, type Expression } from './expression.ts'
import { deleteField, getField, readField, setField, type Field } from './field.ts'
import type { FileEntry } from './file-entry.ts'
import { OperatorFault, type Operator } from './operator.ts'

const WHOLE_EXPRESSION = /^EXPR\((.*)\)$/s

/** `add`: a field gets a value, or what an expression in `EXPR(…)` says. */
export function readAdd(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const field = requireField(map, 'field')
  const node = map.key('value')
  if (!node.isPresent) return map.node.errorAtKey('value must be set')
  const value = readAdded(node)
  return field && value && stepOperator(common, (entry) => set(entry, field, value(entry)))
}

function readAdded(node: YamlNode): Expression | undefined {
  const text = node.isScalar ? node.asRawString() : undefined
  const written = WHOLE_EXPRESSION.exec(text ?? '')?.[1]
  if (written === undefined) {
    const value = readValue(node)
    return () => value
  }
  try {
    return compileExpression(written)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionFault)) throw thrown
    return node.errorWithin(thrown.at + 'EXPR('.length, thrown.message)
  }
}

/** A value as the file has it. */
function readValue(node: YamlNode): AnyValue {
  if (node.isMap) return readValues(node)
  if (node.isScalar) {
    const value = node.asScalar() ?? null
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    return typeof value === 'string' ? (node.asString() ?? '') : value
  }
  return node.isEmpty ? null : (node.asList() ?? []).map(readValue)
}

/** Values by their keys. */
export function readValues(node: YamlNode): ReadonlyMap<string, AnyValue> {
  return new Map(
    node
      .asMap()
      ?.entries()
      .map((entry) => [entry.name, readValue(entry)]),
  )
}

/** `copy` and `move`: from one field to another. */
export function readTransfer(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const from = requireField(map, 'from')
  const to = requireField(map, 'to')
  if (from === undefined || to === undefined) return undefined
  const take = type === 'move' ? deleteField : getField
  return stepOperator(common, (entry) => {
    const value = take(entry, from)
    if (value === undefined) throw new OperatorFault('the field is not there')
    return set(entry, to, value)
  })
}

/** `remove`: a field is taken away. */
export function readRemove(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const field = requireField(map, 'field')
  return (
    field &&
    stepOperator(common, (entry) => {
      if (deleteField(entry, field) === undefined) throw new OperatorFault('the field is not there')
      return true
    })
  )
}

/** `retain`: of the places that are named, only the fields that are named stay. */
export function readRetain(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const fields = (map.key('fields').asList() ?? []).map(readField)
  const known = fields.filter((field) => field !== undefined)
  if (fields.length === 0) return map.node.errorAtKey('fields must be set')
  if (known.length < fields.length) return undefined
  const roots = new Set(known.map(({ root }) => root))
  return stepOperator(common, (entry) => {
    const kept = known.map((field) => getField(entry, field))
    for (const root of roots) deleteField(entry, { root, keys: [] })
    for (const [i, field] of known.entries()) {
      const value = kept[i]
      if (value !== undefined) setField(entry, field, value)
    }
    return true
  })
}

/** `flatten`: the keys of a map go up to where it is. */
export function readFlatten(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const field = requireField(map, 'field')
  if (field === undefined) return undefined
  const parent: Field = { root: field.root, keys: field.keys.slice(0, -1) }
  if (field.keys.length === 0) return map.key('field').error('must be below body or attributes')
  return stepOperator(common, (entry) => {
    const value = deleteField(entry, field)
    if (value === undefined || !isMap(value)) throw new OperatorFault('the field is no map')
    return set(entry, parent, value)
  })
}

/** `filter`: entries for which the expression holds fall, or a share of them. */
export function readFilter(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const drops = readExpression(map.key('expr'))
  const ratio = map.key('drop_ratio')
  const share = ratio.asNumber() ?? 1
  if (share < 0 || share > 1) return ratio.error('must be from 0 to 1')
  if (map.key('expr').isEmpty) return map.node.errorAtKey('expr must be set')
  if (drops === undefined) return undefined
  return stepOperator(common, (entry) => !isTrue(drops(entry)) || Math.random() >= share)
}

/** `noop`: entries go on. */
export function readNoop(map: YamlMap, type: string): Operator {
  return stepOperator(readCommon(map, type), () => true)
}

/** `router`: the first expression that holds says which operator is next; without one and without a default the entry falls. */
export function readRouter(map: YamlMap, type: string): Operator | undefined {
  const common: CommonSettings = readCommon(map, type)
  const routes = (map.key('routes').asList() ?? []).flatMap((node) => {
    const route = node.asMap()
    const holds = route && readExpression(route.key('expr'))
    const output = route && readOutput(route.key('output'))
    if (route?.key('expr').isEmpty !== false) node.error('expr must be set')
    if (output === undefined) node.error('output must be set')
    route?.key('attributes')
    route?.finish()
    return holds && output !== undefined ? [{ holds, output }] : []
  })
  const fallback = readOutput(map.key('default'))
  if (routes.length === 0) return map.node.errorAtKey('routes must be set')
  return {
    id: common.id,
    output: undefined,
    open: (_, to) => ({
      push: (entry) => {
        const id = routes.find(({ holds }) => isTrue(holds(entry)))?.output ?? fallback
        if (id !== undefined) to(id)(entry)
      },
    }),
  }
}

function readOutput(node: YamlNode): string | undefined {
  return node.isScalar ? node.asString() : node.asStrings()?.[0]
}

function set(entry: FileEntry, field: Field, value: AnyValue | undefined): boolean {
  if (value === undefined || !setField(entry, field, value)) {
    throw new OperatorFault('the field cannot be set')
  }
  return true
}

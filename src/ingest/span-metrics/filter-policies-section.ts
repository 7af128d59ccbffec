import { encodeAttribute } from '../../model/attribute-value.ts'
import { compileSearch, RegexError } from '../../model/regex.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  KIND_NAMES,
  STATUS_NAMES,
  type FilterPolicy,
  type FilterRule,
  type FilterTest,
} from './filter-policies.ts'

const INTRINSICS = ['name', 'kind', 'status'] as const

/** Tempo's `filter_policies`: a list of `include`, `include_any` and `exclude`. */
export function readFilterPolicies(node: YamlNode): readonly FilterPolicy[] | undefined {
  return node.asList()?.flatMap((item) => readPolicy(item) ?? [])
}

function readPolicy(node: YamlNode): FilterPolicy | undefined {
  const map = node.asMap()
  if (map === undefined) return node.error('must have include, include_any or exclude')
  const include = readRule(map.key('include'))
  const includeAny = readRule(map.key('include_any'))
  const exclude = readRule(map.key('exclude'))
  map.finish()
  return {
    ...(include && { include }),
    ...(includeAny && { includeAny }),
    ...(exclude && { exclude }),
  }
}

function readRule(node: YamlNode): FilterRule | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const matchType = map.key('match_type')
  const kind = matchType.asOneOf(['strict', 'regex'])
  if (matchType.isEmpty) node.error('match_type must be strict or regex')
  const tests = map
    .key('attributes')
    .asList()
    ?.flatMap((item) => readTest(item, kind === 'regex') ?? [])
  map.finish()
  return tests ?? []
}

function readTest(node: YamlNode, isRegex: boolean): FilterTest | undefined {
  const map = node.asMap()
  if (map === undefined) return node.error('must have key and value')
  const target = readTarget(map.key('key'))
  const value = map.key('value')
  map.finish()
  if (target === undefined) return undefined
  if (value.isEmpty) return node.error('value must be set')
  if (isRegex) {
    const pattern = readPattern(value)
    return pattern && { ...target, pattern }
  }
  const equals = target.attribute === '' ? readWord(value, target.of) : readTyped(value)
  return equals === undefined ? undefined : { ...target, equals }
}

function readTarget(node: YamlNode): Pick<FilterTest, 'of' | 'attribute'> | undefined {
  const key = node.asRawString() ?? ''
  const intrinsic = INTRINSICS.find((name) => name === key || `span:${name}` === key)
  if (intrinsic !== undefined) return { of: intrinsic, attribute: '' }
  const found = /^(span|resource)\.(.+)$/s.exec(key)
  if (found === null)
    return node.error(
      `must be kind, name, status, span.ATTRIBUTE or resource.ATTRIBUTE, not ${JSON.stringify(key)}`,
    )
  const attribute = (found[2] ?? '').replace(/^"(.*)"$/s, '$1')
  return { of: found[1] === 'span' ? 'span' : 'resource', attribute }
}

function readPattern(node: YamlNode): FilterTest['pattern'] {
  try {
    const source = node.asRawString() ?? ''
    const compiled = compileSearch(source)
    return { source, test: (text) => compiled.test(text) }
  } catch (thrown) {
    if (thrown instanceof RegexError)
      return node.error(`not a regular expression: ${thrown.message}`)
    throw thrown
  }
}

/** The word of an intrinsic, as OpenTelemetry names it. */
function readWord(node: YamlNode, of: FilterTest['of']): string | undefined {
  if (of === 'kind') return node.asOneOf(KIND_NAMES)
  if (of === 'status') return node.asOneOf(STATUS_NAMES)
  return node.asRawString()
}

/** The typed text of a value, by the type that YAML gives it. */
function readTyped(node: YamlNode): string | undefined {
  const value = node.asScalar()
  switch (typeof value) {
    case 'string':
      return encodeAttribute({ type: 'string', value })
    case 'boolean':
      return encodeAttribute({ type: 'boolean', value })
    case 'number':
      return Number.isInteger(value)
        ? encodeAttribute({ type: 'int', value: BigInt(value) })
        : encodeAttribute({ type: 'float', value })
    default:
      return undefined
  }
}

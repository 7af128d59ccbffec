import type { YamlMap } from '../../../yaml/map.ts'
import { anySpan, readKey, type TraceTest } from './trace-test.ts'

/** Characters of a key and its value, at most; longer ones are in no trace state. */
const MOST_CHARACTERS = 256
/** Of a trace state (W3C Trace Context, 3.3.1). */
const MOST_MEMBERS = 32
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
const VALUE = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/

/** The policy `trace_state`: a span has one of some values under a key of its trace state. */
export function readTraceState(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const key = readKey(map)
  const items = map.key('values').asList() ?? []
  if (items.length === 0) map.node.error('values must have at least one value')
  const wanted = new Set<string>()
  for (const item of items) {
    const value = item.asString() ?? ''
    if (value !== '' && key.length + value.length < MOST_CHARACTERS) wanted.add(value)
    else item.warn('is never found: a key and its value have at most 255 characters, and some')
  }
  map.finish()
  return anySpan(({ batch }, row) => {
    const found = stateValue(batch.strings[batch.states[row] ?? -1] ?? '', key)
    return found !== undefined && wanted.has(found)
  })
}

/** The value of a key; undefined too when the state is malformed anywhere, as in the collector. */
function stateValue(state: string, key: string): string | undefined {
  if (state === '') return undefined
  const values = new Map<string, string>()
  for (const member of state.split(',')) {
    if (member === '') continue
    const at = member.indexOf('=')
    const name = member.slice(0, Math.max(0, at)).replace(/^[ \t]+/, '')
    const value = member.slice(at + 1).replace(/[ \t]+$/, '')
    const isMember = at > 0 && KEY.test(name) && VALUE.test(value) && !values.has(name)
    if (!isMember || values.size === MOST_MEMBERS) return undefined
    values.set(name, value)
  }
  return values.get(key)
}

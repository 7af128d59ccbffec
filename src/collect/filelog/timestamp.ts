import type { AnyValue } from '../../formats/otlp/any-value.ts'
import { isZone } from '../../lang/gotemplate/zone.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { compileTimeFormat, type ReadTime } from '../tail/stages/time-format.ts'
import { requireField } from './common-settings.ts'
import { getField } from './field.ts'
import { OperatorFault, type Step } from './operator.ts'

/** Nanoseconds of the units of `layout_type: epoch`; those with a fraction are seconds. */
const EPOCH_NS: ReadonlyMap<string, bigint> = new Map([
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1_000n],
  ['ns', 1n],
  ['s.ms', 1_000_000_000n],
  ['s.us', 1_000_000_000n],
  ['s.ns', 1_000_000_000n],
])

/** Go's layouts of the directives of stanza's strptime (pkg/stanza/docs/types/timestamp.md). */
const DIRECTIVES: Readonly<Record<string, string>> = {
  ...{ Y: '2006', y: '06', m: '01', o: '_1', q: '1', b: 'Jan', B: 'January', h: 'Jan' },
  ...{ d: '02', e: '_2', g: '2', a: 'Mon', A: 'Monday', H: '15', I: '3', l: '03' },
  ...{ p: 'PM', P: 'pm', M: '04', S: '05', L: '999', f: '999999', s: '99999999' },
  ...{ Z: 'MST', z: 'Z0700', i: '-07', j: '-07:00', k: '-07:00:00' },
  ...{ D: '01/02/2006', F: '2006-01-02', T: '15:04:05', r: '03:04:05 pm', R: '15:04' },
  ...{ c: 'Mon Jan 02 15:04:05 2006', n: '\n', t: '\t', '%': '%' },
}

/** `timestamp`: the value of a field becomes the time. */
export function readTimestamp(map: YamlMap): Step | undefined {
  const from = requireField(map, 'parse_from')
  const read = readLayout(map)
  if (from === undefined || read === undefined) return undefined
  return (entry) => {
    const value = getField(entry, from)
    const timeNs = value === undefined ? undefined : read(value)
    if (timeNs === undefined) throw new OperatorFault('the time cannot be read')
    entry.timeNs = timeNs
    return true
  }
}

function readLayout(map: YamlMap): ((value: AnyValue) => bigint | undefined) | undefined {
  const node = map.key('layout')
  const layout = node.asRawString()
  const type = map.key('layout_type').asOneOf(['strptime', 'gotime', 'epoch']) ?? 'strptime'
  const location = map.key('location')
  const zone = location.asString() ?? 'Local'
  const others = map.key('time_zone_locations')
  if (others.isPresent && !others.isEmpty) others.warnAtKey('has no effect here: set location')
  if (layout === undefined) return map.node.errorAtKey('layout must be set')
  if (type === 'epoch') {
    const unitNs = EPOCH_NS.get(layout)
    if (unitNs !== undefined) return (value) => readEpoch(value, unitNs)
    return node.error(`must be one of ${[...EPOCH_NS.keys()].join(', ')}`)
  }
  if (zone !== 'Local' && zone !== 'UTC' && !isZone(zone)) {
    return location.error(
      `must be a zone of the tz database such as Europe/Berlin, not ${JSON.stringify(zone)}`,
    )
  }
  const go = type === 'gotime' ? layout : toGoLayout(layout)
  if (go === undefined) {
    return node.error(`knows % before one of ${Object.keys(DIRECTIVES).join('')} only`)
  }
  const named = zone === 'Local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone
  const read: ReadTime = compileTimeFormat(go, named, Date.now)
  return (value) => (typeof value === 'string' ? read(value) : undefined)
}

function toGoLayout(layout: string): string | undefined {
  let isKnown = true
  const go = layout.replace(/%(.)/gs, (_, directive: string) => {
    const found = DIRECTIVES[directive]
    if (found === undefined) isKnown = false
    return found ?? ''
  })
  return isKnown ? go : undefined
}

/** Whole units and a fraction. */
function readEpoch(value: AnyValue, unitNs: bigint): bigint | undefined {
  const text = typeof value === 'string' ? value.trim() : textOf(value)
  const found = /^(-?[0-9]{1,19})(?:\.([0-9]+))?$/.exec(text)
  if (found === null) return undefined
  const [, whole = '', fraction = ''] = found
  const digits = BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  const timeNs = BigInt(whole) * unitNs + (digits * unitNs) / 1_000_000_000n
  return BigInt.asIntN(64, timeNs)
}

function textOf(value: AnyValue): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number' || !Number.isFinite(value)) return ''
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(9)
}

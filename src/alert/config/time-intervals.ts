import { suggestName } from '../../yaml/suggest.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type {
  InclusiveRange,
  MinuteRange,
  NamedTimeInterval,
  TimeInterval,
} from '../time-interval.ts'
import {
  minuteRange,
  parseDaysOfMonth,
  parseMinute,
  parseMonths,
  parseWeekdays,
  parseYears,
  type Parsed,
} from '../time-interval-notation.ts'
import { isTimeZone, timeZoneNames } from '../time-interval-zone.ts'

/** Reads `time_intervals:`, or `mute_time_intervals:`, its older name. `names` are those that are taken, by line. */
export function readTimeIntervals(
  node: YamlNode,
  names: Map<string, number>,
): readonly NamedTimeInterval[] {
  return (node.asList() ?? []).flatMap((item) => {
    if (item.isEmpty) return item.error('an empty interval') ?? []
    const map = item.asMap()
    if (!map) return []
    const name = readUniqueName(map, names)
    const intervals = readIntervals(map.key('time_intervals'))
    map.finish()
    return name === undefined ? [] : [{ name, intervals }]
  })
}

/** Reads `name`, which must be set, and used once. */
export function readUniqueName(map: YamlMap, names: Map<string, number>): string | undefined {
  const node = map.key('name')
  const name = node.asString()
  if (name === undefined || name === '') return map.node.error('name must be set')
  const first = names.get(name)
  if (first !== undefined) {
    return node.error(`${JSON.stringify(name)} is used twice; first on line ${first}`)
  }
  names.set(name, node.line)
  return name
}

function readIntervals(node: YamlNode): readonly TimeInterval[] {
  return (node.asList() ?? []).flatMap((item) => {
    const map = item.asMap()
    if (!map) return []
    const interval: TimeInterval = {
      times: readTimes(map.key('times')),
      weekdays: readRanges(map.key('weekdays'), parseWeekdays),
      daysOfMonth: readRanges(map.key('days_of_month'), parseDaysOfMonth),
      months: readRanges(map.key('months'), parseMonths),
      years: readRanges(map.key('years'), parseYears),
      location: readLocation(map.key('location')),
    }
    map.finish()
    return [interval]
  })
}

function readRanges(
  node: YamlNode,
  parse: (text: string) => Parsed<InclusiveRange>,
): readonly InclusiveRange[] | undefined {
  return node.asList()?.flatMap((item) => {
    const parsed = parse(item.asString() ?? '')
    return parsed.ok ? [parsed.value] : (item.error(parsed.message) ?? [])
  })
}

function readTimes(node: YamlNode): readonly MinuteRange[] | undefined {
  return node.asList()?.flatMap((item) => {
    const map = item.asMap()
    if (!map) return item.isEmpty ? (item.error('an empty range') ?? []) : []
    const start = readMinute(map, 'start_time')
    const end = readMinute(map, 'end_time')
    map.finish()
    if (start === undefined || end === undefined) return []
    const range = minuteRange(start, end)
    if (range) return [range]
    map.node.error(
      'start_time must be before end_time; write a night as two ranges, to 24:00 and from 00:00',
    )
    return []
  })
}

function readMinute(map: YamlMap, key: string): number | undefined {
  const node = map.key(key)
  if (node.isEmpty) return map.node.error(`${key} must be set`)
  const text = node.asString()
  if (text === undefined) return undefined
  const minute = parseMinute(text)
  if (minute !== undefined) return minute
  return node.error(`must be a time such as 09:00, up to 24:00, not ${JSON.stringify(text)}`)
}

function readLocation(node: YamlNode): string | undefined {
  const name = node.asString()
  if (name === undefined || isTimeZone(name)) return name
  const near = suggestName(name, timeZoneNames())
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return node.error(
    `${JSON.stringify(name)} is not a time zone${hint} Allowed: UTC, Local, and names such as Europe/Paris`,
  )
}

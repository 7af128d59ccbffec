import { isZone } from '../../../lang/gotemplate/zone.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { readRequired, readSettings } from './settings.ts'
import type { StageEnv, StageSpec } from './stage.ts'
import { compileTimeFormat } from './time-format.ts'
import { textOf } from './value-text.ts'

const NAMES = ['source', 'format', 'fallback_formats', 'location', 'action_on_failure']

/** Streams whose last time is remembered for `fudge`. */
const MAX_STREAMS = 10_000

export interface TimestampSettings {
  readonly source: string
  /** Tried one after the other. */
  readonly formats: readonly string[]
  /** IANA name of the zone that times without an offset are in. */
  readonly zone?: string
  /** What becomes of a line whose time cannot be read: the last time of its stream and 1 ns (`fudge`), or that of its arrival. */
  readonly onFailure?: 'fudge' | 'skip'
}

/** `timestamp`: an extracted value becomes the time of the line. */
export function readTimestamp(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, NAMES, (map): TimestampSettings | undefined => {
    const source = readRequired(map, 'source')
    const format = readRequired(map, 'format')
    const fallback = map.key('fallback_formats').asStrings() ?? []
    const location = map.key('location')
    const zone = location.asString()
    if (zone !== undefined && !isZone(zone)) {
      location.error(
        `must be a zone of the tz database such as Europe/Berlin, not ${JSON.stringify(zone)}`,
      )
    }
    const onFailure = map.key('action_on_failure').asOneOf(['fudge', 'skip'])
    if (source === undefined || format === undefined) return undefined
    return {
      source,
      formats: [format, ...fallback],
      ...(zone === undefined ? {} : { zone: zoneOf(zone) }),
      ...(onFailure === undefined ? {} : { onFailure }),
    }
  })
  if (settings === undefined) return undefined
  return (env) => {
    const setTime = timestampStep(settings, env)
    return {
      step: (entry) => {
        setTime(entry)
        return true
      },
    }
  }
}

/** '' is UTC to Go, and `Local` is where the program runs. */
function zoneOf(name: string): string {
  if (name === 'Local') return Intl.DateTimeFormat().resolvedOptions().timeZone
  return name === '' ? 'UTC' : name
}

/** Sets the time of an entry from an extracted value. */
export function timestampStep(
  settings: TimestampSettings,
  env: StageEnv,
): (entry: LogEntry) => void {
  const { source, formats, zone, onFailure = 'fudge' } = settings
  const readers = formats.map((format) => compileTimeFormat(format, zone, env.nowMs))
  const read = (text: string | undefined): bigint | undefined => {
    if (text === undefined) return undefined
    for (const reader of readers) {
      const timeNs = reader(text)
      if (timeNs !== undefined) return timeNs
    }
    return undefined
  }
  const lastNs = new Map<string, bigint>()
  const remember = (key: string, timeNs: bigint): void => {
    if (lastNs.size >= MAX_STREAMS && !lastNs.has(key)) {
      const [oldest] = lastNs.keys()
      if (oldest !== undefined) lastNs.delete(oldest)
    }
    lastNs.set(key, timeNs)
  }
  return (entry) => {
    const timeNs = read(textOf(entry.extracted.get(source)))
    if (timeNs !== undefined) {
      entry.timestampNs = timeNs
      if (onFailure === 'fudge') remember(entry.labels.key, timeNs)
      return
    }
    const before = onFailure === 'fudge' ? lastNs.get(entry.labels.key) : undefined
    if (before === undefined) return
    entry.timestampNs = before + 1n
    remember(entry.labels.key, entry.timestampNs)
  }
}

import { readFileSync } from 'node:fs'
import os from 'node:os'
import type { YamlNode } from '../../yaml/node.ts'
import { editing, SIGNALS, type ProcessorKind } from './processor.ts'
import { readGoDuration } from '../../yaml/go-duration.ts'

type Detect = (env: Readonly<Record<string, string | undefined>>) => [string, string][]

/** The detectors that are known here, by name. */
const DETECTORS: Readonly<Record<string, Detect>> = {
  env: (env) => readEnvironment(env['OTEL_RESOURCE_ATTRIBUTES'] ?? env['OTEL_RESOURCE'] ?? ''),
  system: () => [['host.name', os.hostname()], ['os.type', os.platform()], ...hostId()],
  docker: () => [
    ['host.name', os.hostname()],
    ['os.type', os.platform()],
  ],
}

/** Attributes that a detector finds and that are off unless the file says so. */
const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(['host.id'])

/**
 * The processor `resourcedetection`: what is known of this machine becomes attributes of each resource. It means the machine that the
 * program runs on, as for a collector, not that of the sender.
 */
export const resourceDetection: ProcessorKind = {
  name: 'resourcedetection',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('needs detectors')
    const names = (map.key('detectors').asList() ?? []).flatMap((item) => readDetector(item) ?? [])
    const overrides = map.key('override').asBool() ?? true
    readGoDuration(map.key('timeout'))
    readGoDuration(map.key('refresh_interval'))
    const wanted = map.key('attributes')
    if (wanted.isPresent)
      wanted.warnAtKey('has no effect: switch attributes off under their detector')
    const switches = new Map<string, boolean>()
    for (const name of Object.keys(DETECTORS)) readSwitches(map.key(name), switches)
    // Sections of other detectors say nothing while those are not named.
    map.entries()
    const found = new Map<string, string>()
    for (const name of names) {
      for (const [key, value] of DETECTORS[name]?.(node.env ?? {}) ?? []) {
        const isOn = switches.get(key) ?? !OFF_BY_DEFAULT.has(key)
        // Of several detectors the first holds.
        if (isOn && !found.has(key)) found.set(key, `s${value}`)
      }
    }
    return editing(({ resources }) =>
      resources.editEach((attributes) => {
        for (const [key, value] of found) {
          if (overrides || !attributes.has(key)) attributes.set(key, value)
        }
      }),
    )
  },
}

function readDetector(item: YamlNode): string | undefined {
  const name = item.asString()
  if (name === undefined) return undefined
  if (Object.hasOwn(DETECTORS, name)) return name
  return item.warn(
    `the detector ${name} finds nothing here; there are ${Object.keys(DETECTORS).join(', ')}`,
  )
}

function readSwitches(node: YamlNode, into: Map<string, boolean>): void {
  const map = node.asMap()
  const sources = map?.key('hostname_sources')
  if (sources?.isPresent === true)
    sources.warnAtKey('has no effect: the name is that of the system')
  for (const entry of map?.key('resource_attributes').asMap()?.entries() ?? []) {
    const isOn = entry.asMap()?.key('enabled').asBool()
    if (isOn !== undefined) into.set(entry.name, isOn)
  }
  map?.finish()
}

/** `key=value,key=value`, values percent-encoded (OpenTelemetry's environment variables). */
function readEnvironment(text: string): [string, string][] {
  return text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    const key = pair.slice(0, at).trim()
    if (at < 0 || key === '') return []
    const value = pair.slice(at + 1).trim()
    try {
      return [[key, decodeURIComponent(value)]]
    } catch {
      return [[key, value]]
    }
  })
}

function hostId(): [string, string][] {
  try {
    return [['host.id', readFileSync('/etc/machine-id', 'utf8').trim()]]
  } catch {
    return []
  }
}

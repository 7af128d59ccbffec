import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { CPU_FAMILIES, PRESSURE_FAMILIES } from './cpu-families.ts'
import { DISK_FAMILIES } from './disk-families.ts'
import type { ContainerFamily, Measured } from './family.ts'
import { MACHINE_FAMILIES, VERSION_FAMILY, type Machine } from './machine.ts'
import { MEMORY_FAMILIES } from './memory-families.ts'
import type { MetricGroups } from './metric-groups.ts'
import { NETWORK_FAMILIES } from './network-families.ts'
import { PROCESS_FAMILIES } from './process-families.ts'
import { quoteLabel } from './quote-label.ts'
import type { RuntimeState } from './runtime-directory.ts'

/** Every family that is measured in a control group, in the order in which a page has them. */
export const MEASURED_FAMILIES: readonly ContainerFamily[] = [
  ...CPU_FAMILIES,
  ...MEMORY_FAMILIES,
  ...DISK_FAMILIES,
  ...NETWORK_FAMILIES,
  ...PRESSURE_FAMILIES,
  ...PROCESS_FAMILIES,
]

/** What a page tells of one group. */
export interface ShownGroup extends Measured {
  /** As they stand between the braces. */
  readonly labels: string
  readonly createdSeconds: number
  readonly startedSeconds: number
  /** 1, 0, or -1 without a health check; undefined for what is no container. */
  readonly health: number | undefined
}

/** Families that a group has without anything being measured: name, help, value. */
export const SEEN_FAMILIES: readonly (readonly [
  name: string,
  help: string,
  value: (group: ShownGroup) => number | undefined,
])[] = [
  [
    'container_creation_time_seconds',
    'Container creation time since unix epoch in seconds.',
    (group) => group.createdSeconds,
  ],
  [
    'container_start_time_seconds',
    'Start time of the container since unix epoch in seconds.',
    (group) => group.startedSeconds,
  ],
  ['container_health_state', "The result of the container's health check", (group) => group.health],
]

export const LAST_SEEN = [
  'container_last_seen',
  'Last time a container was seen by the exporter',
] as const
export const SCRAPE_ERROR = [
  'container_scrape_error',
  '1 if there was an error while getting container metrics, 0 otherwise',
] as const
export const RUNTIME_UP = [
  'vedette_container_runtime_up',
  '1 if the container runtime behind a socket answers, 0 otherwise.',
] as const

export interface PageContent {
  readonly groups: readonly ShownGroup[]
  readonly measured: MetricGroups
  readonly machine: Machine
  readonly runtimes: readonly RuntimeState[]
  readonly hasFault: boolean
  readonly nowMs: number
}

/** So much of a page is written before others of this process have their turn, in characters. */
const CHARACTERS_AT_ONCE = 1_000_000

/** A page in Prometheus's text format, written line by line without an object for any value. */
export async function writePage({
  groups,
  measured,
  machine,
  runtimes,
  hasFault,
  nowMs,
}: PageContent): Promise<string> {
  let page = head(VERSION_FAMILY, 'gauge') + line(VERSION_FAMILY[0], machine.versionLabels, 1)
  // With its time, as in cAdvisor: the last value stays for a while when a container is gone, which is what rules look at.
  page += head(LAST_SEEN, 'gauge')
  const [seen] = LAST_SEEN
  for (const { labels } of groups)
    page += `${seen}{${labels}} ${Math.floor(nowMs / 1000)} ${Math.floor(nowMs)}\n`
  for (const [name, help, value] of SEEN_FAMILIES) {
    let lines = ''
    for (const group of groups) lines += line(name, group.labels, value(group))
    if (lines !== '') page += head([name, help], 'gauge') + lines
  }
  let written = page.length
  for (const family of MEASURED_FAMILIES) {
    if (!measured.has(family.group)) continue
    page += writeFamily(family, groups)
    if (page.length - written < CHARACTERS_AT_ONCE) continue
    written = page.length
    await yieldToOthers()
  }
  page += head(SCRAPE_ERROR, 'gauge') + line(SCRAPE_ERROR[0], '', hasFault ? 1 : 0)
  for (const [name, help, value] of MACHINE_FAMILIES) {
    const row = line(name, machine.labels, value(machine))
    if (row !== '') page += head([name, help], 'gauge') + row
  }
  if (runtimes.length > 0) page += head(RUNTIME_UP, 'gauge')
  for (const { name, place, isUp } of runtimes)
    page += line(RUNTIME_UP[0], `runtime="${name}",socket="${quoteLabel(place)}"`, isUp ? 1 : 0)
  return page
}

function writeFamily(family: ContainerFamily, groups: readonly ShownGroup[]): string {
  const { name } = family
  let lines = ''
  let labels = ''
  const write = (value: number | undefined, extra: string): void => {
    if (value === undefined || Number.isNaN(value)) return
    lines +=
      extra === '' ? `${name}{${labels}} ${value}\n` : `${name}{${labels},${extra}} ${value}\n`
  }
  for (const group of groups) {
    labels = group.labels
    family.write(group, write)
  }
  return lines === '' ? '' : head([name, family.help], family.type) + lines
}

function head([name, help]: readonly [string, string], type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function line(name: string, labels: string, value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`
}

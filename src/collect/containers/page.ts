import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { CPU_FAMILIES, PRESSURE_FAMILIES } from './cpu-families.ts'
import { DISK_FAMILIES } from './disk-families.ts'
import type { ContainerFamily, Measured } from './family.ts'
import { MACHINE_FAMILIES, VERSION_FAMILY, type Machine } from './machine.ts'
import { MEMORY_FAMILIES } from './memory-families.ts'
import type { MetricGroups } from './metric-groups.ts'
import { PageWriter } from './page-writer.ts'
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
  /** As they stand between the braces, in UTF-8. */
  readonly labels: Uint8Array
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

/** So much of a page is written before others of this process have their turn. */
const BYTES_AT_ONCE = 1_000_000

let lastBytes = 0

/** A page in Prometheus's text format, written line by line without an object for any value. */
export async function writePage(content: PageContent): Promise<Buffer> {
  const { groups, measured, machine, runtimes, hasFault, nowMs } = content
  const page = new PageWriter(lastBytes + lastBytes / 8)
  writeLines(page, VERSION_FAMILY, [[machine.versionLabels, 1]])
  // With its time, as in cAdvisor: the last value stays for a while when a container is gone, which is what rules look at.
  const seen = `${Math.floor(nowMs / 1000)} ${Math.floor(nowMs)}`
  writeGroups(page, { ...describe(LAST_SEEN), groups, write: (_, put) => put(seen, '') })
  for (const [name, help, value] of SEEN_FAMILIES) {
    const write = (group: ShownGroup, put: Put): void => put(value(group), '')
    writeGroups(page, { name, help, type: 'gauge', groups, write })
  }
  let written = page.length
  for (const family of MEASURED_FAMILIES) {
    if (!measured.has(family.group)) continue
    writeGroups(page, { ...family, groups })
    if (page.length - written < BYTES_AT_ONCE) continue
    written = page.length
    await yieldToOthers()
  }
  writeLines(page, SCRAPE_ERROR, [['', hasFault ? 1 : 0]])
  for (const [name, help, value] of MACHINE_FAMILIES)
    writeLines(page, [name, help], [[machine.labels, value(machine)]])
  const states = runtimes.map(
    ({ name, place, isUp }) =>
      [`runtime="${name}",socket="${quoteLabel(place)}"`, isUp ? 1 : 0] as const,
  )
  writeLines(page, RUNTIME_UP, states)
  lastBytes = page.length
  return page.finish()
}

type Put = (value: number | string | undefined, extra: string) => void

interface GroupFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly groups: readonly ShownGroup[]
  readonly write: (group: ShownGroup, put: Put) => void
}

function describe([name, help]: readonly [string, string]) {
  return { name, help, type: 'gauge' } as const
}

function writeGroups(page: PageWriter, { name, help, type, groups, write }: GroupFamily): void {
  const opening = Buffer.from(`${name}{`)
  let labels: Uint8Array = opening
  let isFirst = true
  const put: Put = (value, extra) => {
    if (value === undefined || Number.isNaN(value)) return
    if (isFirst) page.text(head(name, help, type))
    isFirst = false
    page.bytes(opening)
    page.bytes(labels)
    page.text(extra === '' ? `} ${value}\n` : `,${extra}} ${value}\n`)
  }
  for (const group of groups) {
    labels = group.labels
    write(group, put)
  }
}

function writeLines(
  page: PageWriter,
  [name, help]: readonly [string, string],
  lines: readonly (readonly [labels: string, value: number])[],
): void {
  let isFirst = true
  for (const [labels, value] of lines) {
    if (Number.isNaN(value)) continue
    if (isFirst) page.text(head(name, help, 'gauge'))
    isFirst = false
    page.text(`${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`)
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

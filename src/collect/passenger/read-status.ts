import { Problem } from '../../model/problem.ts'
import { readXml, XmlFault, type XmlElement } from './read-xml.ts'

/** A process of an application. */
export interface PassengerProcess {
  readonly pid: number
  readonly sessions: number
  readonly processed: number
  /** Per cent of a core. */
  readonly cpu: number
  readonly rssBytes: number
  /** What it does not share with others. */
  readonly realBytes: number
  readonly startedMs: number
}

/** An application in one environment. */
export interface PassengerGroup {
  readonly name: string
  readonly waiting: number
  readonly spawning: number
  readonly processes: readonly PassengerProcess[]
}

export interface PassengerSupergroup {
  readonly name: string
  readonly waiting: number
  readonly capacityUsed: number
  readonly groups: readonly PassengerGroup[]
}

/** What `passenger-status --show=xml` says of one instance. */
export interface PassengerStatus {
  readonly version: string
  readonly groupCount: number
  readonly processCount: number
  readonly maxProcesses: number
  readonly capacityUsed: number
  /** Requests that wait before they are given to an application. */
  readonly waiting: number
  readonly supergroups: readonly PassengerSupergroup[]
}

const KIB = 1024

/** Reads the status of one instance. Throws a `Problem` for what is not the XML of `passenger-status`. */
export function readStatus(xml: string): PassengerStatus {
  const info = rootOf(xml)
  return {
    version: textOf(info, 'passenger_version'),
    groupCount: numberOf(info, 'group_count'),
    processCount: numberOf(info, 'process_count'),
    maxProcesses: numberOf(info, 'max'),
    capacityUsed: numberOf(info, 'capacity_used'),
    waiting: numberOf(info, 'get_wait_list_size'),
    supergroups: listOf(info, 'supergroups', 'supergroup').map(readSupergroup),
  }
}

function rootOf(xml: string): XmlElement {
  try {
    const root = readXml(xml)
    if (root.name === 'info' && root.children.length > 0) return root
  } catch (thrown) {
    if (!(thrown instanceof XmlFault)) throw thrown
    throw new Problem('unavailable', `not the XML of passenger-status: ${thrown.message}`)
  }
  throw new Problem(
    'unavailable',
    'not the XML of passenger-status: there is no <info> with something in it',
  )
}

function readSupergroup(node: XmlElement): PassengerSupergroup {
  return {
    name: textOf(node, 'name'),
    waiting: numberOf(node, 'get_wait_list_size'),
    capacityUsed: numberOf(node, 'capacity_used'),
    groups: node.children.filter(({ name }) => name === 'group').map(readGroup),
  }
}

function readGroup(node: XmlElement): PassengerGroup {
  return {
    name: textOf(node, 'name'),
    waiting: numberOf(node, 'get_wait_list_size'),
    spawning: numberOf(node, 'processes_being_spawned'),
    processes: listOf(node, 'processes', 'process').map(readProcess),
  }
}

/** Sizes are in KiB and times in microseconds; -1 is a size that the system does not tell. */
function readProcess(node: XmlElement): PassengerProcess {
  const sizeBytes = (name: string): number => Math.max(0, numberOf(node, name)) * KIB
  return {
    pid: numberOf(node, 'pid'),
    sessions: numberOf(node, 'sessions'),
    processed: numberOf(node, 'processed'),
    cpu: numberOf(node, 'cpu'),
    rssBytes: sizeBytes('rss'),
    realBytes: sizeBytes('real_memory'),
    startedMs: numberOf(node, 'spawn_end_time') / 1000,
  }
}

function childOf(node: XmlElement, name: string): XmlElement | undefined {
  return node.children.find((child) => child.name === name)
}

/** The elements of a name in the element that holds them. */
function listOf(node: XmlElement, holder: string, name: string): readonly XmlElement[] {
  return childOf(node, holder)?.children.filter((child) => child.name === name) ?? []
}

function textOf(node: XmlElement, name: string): string {
  return childOf(node, name)?.text.trim() ?? ''
}

/** 0 for what is absent or no number. */
function numberOf(node: XmlElement, name: string): number {
  const number = Number(textOf(node, name))
  return Number.isFinite(number) ? number : 0
}

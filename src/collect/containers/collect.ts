import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { messageOf } from '../../model/problem.ts'
import { compileSearch } from '../../model/regex.ts'
import { readTextIfPresent } from '../host/files.ts'
import { podOf, labelsOf, type PodName } from './container-labels.ts'
import type { ContainerFacts } from './container-facts.ts'
import { ContainerNetworks } from './container-network.ts'
import type { ContainersSettings } from './containers-section.ts'
import type { ControlGroup } from './control-group.ts'
import { DeviceNames, parsePartitions } from './devices.ts'
import { Filesystems } from './filesystems.ts'
import { MachineGroups } from './machine-groups.ts'
import { GroupGone } from './kernel-files.ts'
import { LayerUsage } from './layer-usage.ts'
import { readMachine, type Machine } from './machine.ts'
import { OomCounts, type CountedContainer } from './oom-counts.ts'
import { writePage, type ShownGroup } from './page.ts'
import { readOpenFilesLimit, readProcesses, readTasks } from './processes.ts'
import { readRoot } from './read-root.ts'
import { Reading } from './reading.ts'
import { RuntimeDirectory } from './runtime-directory.ts'

/** What a scrape waits for names of containers that it sees for the first time. */
const NAMES_WAIT_MS = 1500
/** What the machine says of itself is believed so long. */
const MACHINE_MS = 60_000
/** So many groups are read before others of this process have their turn. */
const GROUPS_AT_ONCE = 64

/** Told of a fault when it begins, and of its end with an empty reason; `what` is a runtime or `control groups`. */
export type OnContainerFault = (what: string, reason: string) => void

interface Kept {
  readonly group: ControlGroup
  facts: ContainerFacts | undefined
  pod: PodName | undefined
  /** In UTF-8, since they are most of a page. */
  labels: Uint8Array
  isShown: boolean
}

/** cAdvisor's page of this machine, made from its control groups at each call. */
export class ContainerCollector {
  readonly #settings: ContainersSettings
  readonly #onFault: OnContainerFault
  readonly #groups: MachineGroups
  readonly #directory: RuntimeDirectory
  readonly #networks: ContainerNetworks
  readonly #filesystems: Filesystems
  readonly #layers = new LayerUsage()
  readonly #ooms = new OomCounts()
  readonly #kept = new Map<string, Kept>()
  readonly #isWanted: (facts: ContainerFacts | undefined, name: string) => boolean
  /** Ends when nobody makes a page any more. */
  #turn: Promise<void> = Promise.resolve()
  #machine: { readonly machine: Machine; readonly devices: DeviceNames } | undefined
  #machineMs = 0
  #fault = ''
  /** Why a group could not be read in this scrape; empty when all could. */
  #unreadable = ''

  constructor(settings: ContainersSettings, onFault: OnContainerFault) {
    this.#settings = settings
    this.#onFault = onFault
    this.#groups = new MachineGroups(settings)
    this.#directory = new RuntimeDirectory(settings, onFault)
    this.#networks = new ContainerNetworks(settings.procRoot)
    this.#filesystems = new Filesystems(settings.procRoot, settings.rootfs)
    this.#isWanted = compileChoice(settings)
  }

  /**
   * The page now, in Prometheus's text format. Rejects when the signal is aborted; what could not be read is told by the page
   * itself. Whoever asks while a page is being made waits for it and gets the next one.
   */
  page(signal: AbortSignal): Promise<Buffer> {
    const made = this.#turn.then(() => this.#makePage(signal))
    this.#turn = made.then(ignore, ignore)
    return made
  }

  async #makePage(signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted()
    let fault = ''
    let groups: readonly ControlGroup[] = []
    try {
      groups = this.#groups.list()
      fault = this.#groups.fault
    } catch (error) {
      fault = messageOf(error)
    }
    await this.#askNames(groups)
    signal.throwIfAborted()
    this.#keep(groups)
    const shown = await this.#readAll(signal)
    if (fault === '') fault = this.#unreadable
    if (fault !== this.#fault) this.#onFault('control groups', fault)
    this.#fault = fault
    const runtimes = this.#directory.states()
    return writePage({
      ...{ groups: shown, measured: this.#settings.groups, runtimes, nowMs: Date.now() },
      machine: this.#machineNow().machine,
      hasFault: fault !== '' || runtimes.some(({ isUp }) => !isUp),
    })
  }

  close(): void {
    this.#directory.close()
    this.#groups.close()
  }

  async #askNames(groups: readonly ControlGroup[]): Promise<void> {
    const ids = new Set<string>()
    for (const { containerId } of groups) if (containerId !== undefined) ids.add(containerId)
    this.#directory.begin(ids)
    for (const { containerId, identity } of groups) {
      if (containerId !== undefined) this.#directory.want(containerId, identity)
    }
    await this.#directory.settle(NAMES_WAIT_MS)
    this.#directory.check()
    if (this.#settings.groups.has('disk')) await this.#filesystems.refresh()
  }

  /** Labels are made once for a group, and again when a runtime says something else of it. */
  #keep(groups: readonly ControlGroup[]): void {
    const pods = new Map<string, PodName>()
    const layers = new Set<string>()
    for (const { containerId } of groups) {
      const facts = containerId === undefined ? undefined : this.#directory.find(containerId)
      const uid = facts?.labels['io.kubernetes.pod.uid']
      const pod = facts === undefined ? undefined : podOf(facts)
      if (uid !== undefined && pod !== undefined) pods.set(uid, pod)
      if (facts?.layerFolder !== undefined) layers.add(this.#onHost(facts.layerFolder))
    }
    const existing = new Set(groups.map(({ name }) => name))
    for (const name of this.#kept.keys()) if (!existing.has(name)) this.#kept.delete(name)
    for (const group of groups) {
      const { name, containerId, podUid } = group
      const facts = containerId === undefined ? undefined : this.#directory.find(containerId)
      const pod =
        facts === undefined ? (podUid === undefined ? undefined : pods.get(podUid)) : podOf(facts)
      const known = this.#kept.get(name)
      if (known?.group === group && known.facts === facts && isSamePod(known.pod, pod)) continue
      const labels = Buffer.from(labelsOf(name, facts, pod, this.#settings.labels))
      const isShown = group.isRoot || this.#isWanted(facts, name)
      this.#kept.set(name, { group, facts, pod, labels, isShown })
    }
    if (this.#settings.groups.has('disk')) this.#layers.keep(layers)
  }

  async #readAll(signal: AbortSignal): Promise<ShownGroup[]> {
    const shown: ShownGroup[] = []
    const containers: CountedContainer[] = []
    this.#unreadable = ''
    this.#networks.begin()
    let count = 0
    // Sandboxes first: the network of a pod is theirs.
    const kept = [...this.#kept.values()].filter(({ isShown }) => isShown)
    kept.sort((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)))
    for (const one of kept) {
      // A container that is being asked for comes with its name in the next scrape, and never under two.
      if (one.group.containerId !== undefined && this.#directory.isAwaited(one.group.containerId))
        continue
      const read = this.#readGroup(one)
      if (read !== undefined) {
        shown.push(read)
        const { name, identity, containerId } = one.group
        if (containerId !== undefined) containers.push({ name, identity, ...read })
      }
      if (++count % GROUPS_AT_ONCE === 0) {
        await yieldToOthers()
        signal.throwIfAborted()
      }
    }
    if (this.#settings.groups.has('oom_event'))
      this.#ooms.apply(containers, this.#groups.unifiedRoot, performance.now())
    return shown
  }

  #readGroup(one: Kept): ShownGroup | undefined {
    const { group, facts, labels } = one
    const reading = new Reading()
    const { groups, procRoot } = this.#settings
    try {
      group.read(reading, { groups, deviceNames: this.#machineNow().devices })
      if (groups.has('process')) this.#readProcesses(one, reading)
      if (groups.has('cpuLoad')) reading.tasks = readTasks(procRoot, group.threads())
      if (groups.has('network')) this.#readNetwork(one, reading)
    } catch (error) {
      // One that ended in this moment is no fault.
      if (!(error instanceof GroupGone)) this.#unreadable = `${group.name}: ${messageOf(error)}`
      return undefined
    }
    if (group.isRoot) readRoot(procRoot, groups, reading, group.limits)
    if (groups.has('disk')) this.#readFilesystems(one, reading)
    const { createdSeconds, limits, containerId } = group
    return {
      ...{ labels, reading, limits },
      createdSeconds: facts?.createdSeconds ?? createdSeconds,
      startedSeconds: facts?.startedSeconds ?? createdSeconds,
      health: containerId === undefined ? undefined : this.#directory.healthOf(containerId),
    }
  }

  #readProcesses({ group, facts }: Kept, reading: Reading): void {
    const { procRoot } = this.#settings
    const ids = group.processes()
    readProcesses(procRoot, ids, reading)
    const first = facts?.pid ?? (group.containerId === undefined ? undefined : ids[0])
    if (first !== undefined) reading.openFilesLimit = readOpenFilesLimit(procRoot, first)
  }

  #readNetwork({ group, facts }: Kept, reading: Reading): void {
    if (group.isRoot) reading.interfaces = this.#networks.ofHost()
    else if (group.containerId !== undefined && facts?.sharesNetwork !== true)
      reading.interfaces = this.#networks.of(group, facts?.pid)
  }

  #readFilesystems({ group, facts }: Kept, reading: Reading): void {
    if (group.isRoot) {
      reading.filesystems = this.#filesystems.rows()
      return
    }
    if (facts?.layerFolder === undefined) return
    const usage = this.#layers.find(this.#onHost(facts.layerFolder))
    const disk = this.#filesystems.find(facts.layerFolder)
    if (usage === undefined || disk === undefined) return
    const { labels, limitBytes } = disk
    const { bytes: usageBytes, inodes } = usage
    reading.filesystems = [{ labels, limitBytes, usageBytes, inodes, inodesFree: Number.NaN }]
  }

  #onHost(folder: string): string {
    const { rootfs } = this.#settings
    return rootfs === '/' ? folder : rootfs + folder
  }

  #machineNow(): { readonly machine: Machine; readonly devices: DeviceNames } {
    const nowMs = performance.now()
    if (this.#machine === undefined || nowMs - this.#machineMs > MACHINE_MS) {
      const { procRoot, rootfs } = this.#settings
      const partitions = readTextIfPresent(`${procRoot}/partitions`) ?? ''
      const devices = new DeviceNames(parsePartitions(partitions))
      this.#machine = { machine: readMachine(procRoot, rootfs), devices }
      this.#machineMs = nowMs
    }
    return this.#machine
  }
}

function ignore(): void {}

function isSamePod(a: PodName | undefined, b: PodName | undefined): boolean {
  return a?.pod === b?.pod && a?.namespace === b?.namespace
}

function isSandbox({ facts }: Kept): boolean {
  const labels = facts?.labels
  return (
    labels?.['io.cri-containerd.kind'] === 'sandbox' ||
    labels?.['io.kubernetes.docker.type'] === 'podsandbox'
  )
}

/** `include` and `exclude` look at the name of a container where it has one, and at the path of a group otherwise. */
function compileChoice({
  include,
  exclude,
}: ContainersSettings): (facts: ContainerFacts | undefined, name: string) => boolean {
  const included = include === undefined ? undefined : compileSearch(include)
  const excluded = exclude === undefined ? undefined : compileSearch(exclude)
  return (facts, path) => {
    const name = facts?.name ?? path
    return (included?.test(name) ?? true) && !(excluded?.test(name) ?? false)
  }
}

import { statSync } from 'node:fs'
import { messageOf } from '../../model/problem.ts'
import type { ContainerFacts, Runtime } from './container-facts.ts'
import { containerdRuntime } from './containerd-runtime.ts'
import type { ContainersSettings, SocketChoice } from './containers-section.ts'
import { dockerRuntime } from './docker-runtime.ts'

/** The usual places of the sockets, the first that is there counts. */
export const USUAL_SOCKETS = {
  docker: ['/var/run/docker.sock', '/run/docker.sock'],
  podman: ['/run/podman/podman.sock'],
  containerd: ['/run/containerd/containerd.sock', '/run/k3s/containerd/containerd.sock'],
} as const

export type RuntimeName = keyof typeof USUAL_SOCKETS

const RUNTIME_NAMES = ['docker', 'podman', 'containerd'] as const

/** How many containers are asked for at a time. */
const MAX_ASKED = 8
/** What a runtime that cannot be asked is left in peace for. */
const PAUSE_MS = 15_000
/** How long nobody is asked again for a container that no runtime knows. */
const STRANGER_MS = 60_000
const HEALTH_MS = 15_000
/** Containers whose facts are kept; those that are gone are forgotten first. */
const MAX_KNOWN = 10_000

interface Entry {
  readonly identity: number
  readonly sinceMs: number
  /** Undefined while it is being asked for, or when nobody knows it. */
  facts: ContainerFacts | undefined
  isPending: boolean
  /** Nobody has answered for it yet. */
  readonly isFirst: boolean
}

interface Source {
  readonly runtime: Runtime
  fault: string
  pausedUntilMs: number
}

/** A runtime as a page tells of it. */
export interface RuntimeState {
  readonly name: string
  readonly place: string
  readonly isUp: boolean
}

/**
 * What the container runtimes of this machine say of containers: asked once for each container, beside the scrapes, which wait a
 * moment for a new one and never for a runtime that hangs.
 */
export class RuntimeDirectory {
  readonly #settings: ContainersSettings
  readonly #onFault: (runtime: string, reason: string) => void
  readonly #sources = new Map<RuntimeName, Source>()
  readonly #entries = new Map<string, Entry>()
  readonly #queue: string[] = []
  readonly #abort = new AbortController()
  #healthy: ReadonlySet<string> | undefined
  #healthMs = Number.NEGATIVE_INFINITY
  #asked = 0
  #idle: (() => void)[] = []

  constructor(settings: ContainersSettings, onFault: (runtime: string, reason: string) => void) {
    this.#settings = settings
    this.#onFault = onFault
  }

  /** Opens the sockets that have appeared, and forgets the containers that are not among those that exist. */
  begin(existing: ReadonlySet<string>): void {
    for (const name of RUNTIME_NAMES) this.#look(name)
    for (const id of this.#entries.keys()) if (!existing.has(id)) this.#entries.delete(id)
  }

  /** Has a container be asked for unless it is known. Another `identity` is the same container after a restart. */
  want(id: string, identity: number): void {
    const known = this.#entries.get(id)
    if (known?.isPending === true || this.#sources.size === 0) return
    if (known?.identity === identity) {
      if (known.facts !== undefined || performance.now() - known.sinceMs < STRANGER_MS) return
    }
    if (this.#entries.size >= MAX_KNOWN || !this.#isAnybodyThere()) return
    const isFirst = known?.identity !== identity
    const entry = {
      identity,
      sinceMs: performance.now(),
      facts: undefined,
      isPending: true,
      isFirst,
    }
    this.#entries.set(id, entry)
    this.#queue.push(id)
    this.#work()
  }

  /** What is known of a container now. */
  find(id: string): ContainerFacts | undefined {
    return this.#entries.get(id)?.facts
  }

  /** The first answer to a container is still awaited. */
  isPending(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry?.isPending === true && entry.isFirst
  }

  /** As cAdvisor writes it: 1 healthy, 0 not, -1 without a check. */
  healthOf(id: string): number {
    const facts = this.find(id)
    if (facts?.health === undefined) return -1
    const isHealthy = this.#healthy?.has(id) ?? facts.health === 'healthy'
    return isHealthy ? 1 : 0
  }

  /** Resolves when nothing is being asked any more, or after a while. */
  async settle(maxMs: number): Promise<void> {
    if (this.#asked === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, maxMs)
      this.#idle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  states(): RuntimeState[] {
    return [...this.#sources.values()].map(({ runtime, fault }) => ({
      name: runtime.name,
      place: runtime.place,
      isUp: fault === '',
    }))
  }

  /** Asks for the state of health checks where a container has one; does not wait. */
  refreshHealth(): void {
    const isChecked = [...this.#entries.values()].some(({ facts }) => facts?.health !== undefined)
    if (!isChecked || performance.now() - this.#healthMs < HEALTH_MS) return
    this.#healthMs = performance.now()
    void this.#askHealth()
  }

  close(): void {
    this.#abort.abort()
    for (const { runtime } of this.#sources.values()) runtime.close?.()
    this.#sources.clear()
  }

  #look(name: RuntimeName): void {
    if (this.#sources.has(name)) return
    const choice: SocketChoice = this.#settings[name]
    if (choice === undefined) return
    const path = choice === 'auto' ? USUAL_SOCKETS[name].find(isSocket) : choice.path
    if (path === undefined) return
    const runtime =
      name === 'containerd'
        ? containerdRuntime(path, this.#settings.containerdNamespaces)
        : dockerRuntime(name, path)
    this.#sources.set(name, { runtime, fault: '', pausedUntilMs: 0 })
  }

  #isAnybodyThere(): boolean {
    const nowMs = performance.now()
    return [...this.#sources.values()].some(({ pausedUntilMs }) => pausedUntilMs <= nowMs)
  }

  #work(): void {
    while (this.#asked < MAX_ASKED) {
      const id = this.#queue.shift()
      if (id === undefined) break
      this.#asked++
      void this.#describe(id).finally(() => {
        this.#asked--
        this.#work()
        if (this.#asked === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  async #describe(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    let isAsked = true
    for (const source of this.#sources.values()) {
      if (source.pausedUntilMs > performance.now()) {
        isAsked = false
        continue
      }
      try {
        entry.facts = await source.runtime.describe(id, this.#abort.signal)
        this.#tell(source, '')
        if (entry.facts !== undefined) break
      } catch (error) {
        isAsked = false
        this.#tell(source, messageOf(error))
      }
    }
    entry.isPending = false
    // Whoever could not be asked is asked again after its pause.
    if (entry.facts === undefined && !isAsked) this.#entries.delete(id)
  }

  async #askHealth(): Promise<void> {
    const healthy = new Set<string>()
    for (const source of this.#sources.values()) {
      if (source.runtime.healthyIds === undefined || source.pausedUntilMs > performance.now())
        continue
      try {
        for (const id of await source.runtime.healthyIds(this.#abort.signal)) healthy.add(id)
      } catch (error) {
        this.#tell(source, messageOf(error))
        return
      }
    }
    this.#healthy = healthy
  }

  #tell(source: Source, reason: string): void {
    if (this.#abort.signal.aborted) return
    if (reason !== '') source.pausedUntilMs = performance.now() + PAUSE_MS
    const fault = reason === '' ? '' : `${source.runtime.place}: ${reason}`
    if (fault === source.fault) return
    // One line when it begins and one when it is over, whatever each container's answer is in between.
    if (fault === '' || source.fault === '') this.#onFault(source.runtime.name, fault)
    source.fault = fault
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true
}

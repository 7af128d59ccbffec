import { statSync } from 'node:fs'
import type { ContainerFacts } from './container-facts.ts'
import { containerdRuntime } from './containerd-runtime.ts'
import type { ContainersSettings, SocketChoice } from './containers-section.ts'
import { dockerRuntime } from './docker-runtime.ts'
import { RuntimeSource } from './runtime-source.ts'

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
/** When a runtime that could not be asked for a container is asked again, and one that does not know it. */
const AGAIN_MS = 15_000
const STRANGER_MS = 60_000
/** How often a runtime is asked whether it answers. */
const CHECK_MS = 15_000
/** Containers whose facts are kept; those that are gone are forgotten first. */
const MAX_KNOWN = 10_000

interface Entry {
  readonly identity: number
  /** Undefined while it is being asked for, or when nobody knows it. */
  facts: ContainerFacts | undefined
  isPending: boolean
  /** It has been asked for already: it is shown meanwhile as it is. */
  readonly isShown: boolean
  againMs: number
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
  readonly #sources = new Map<RuntimeName, RuntimeSource>()
  readonly #entries = new Map<string, Entry>()
  readonly #queue: string[] = []
  readonly #abort = new AbortController()
  #checkedMs = Number.NEGATIVE_INFINITY
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
    for (const source of this.#sources.values()) source.forget(existing)
  }

  /** Has a container be asked for unless it is known. Another `identity` is the same container after a restart. */
  want(id: string, identity: number): void {
    const known = this.#entries.get(id)
    if (known?.isPending === true || this.#sources.size === 0) return
    const isSame = known?.identity === identity
    if (isSame && (known.facts !== undefined || performance.now() < known.againMs)) return
    if (known === undefined && this.#entries.size >= MAX_KNOWN) return
    const isShown = isSame
    this.#entries.set(id, { identity, facts: undefined, isPending: true, isShown, againMs: 0 })
    this.#queue.push(id)
    this.#work()
  }

  /** What is known of a container now. */
  find(id: string): ContainerFacts | undefined {
    return this.#entries.get(id)?.facts
  }

  /** The first answer to a container is still awaited. */
  isAwaited(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry?.isPending === true && !entry.isShown
  }

  /** As cAdvisor writes it: 1 healthy, 0 not, -1 without a check. */
  healthOf(id: string): number {
    const facts = this.find(id)
    if (facts?.health === undefined) return -1
    const source = [...this.#sources.values()].find(({ runtime }) => runtime.name === facts.runtime)
    return (source?.isHealthy(id) ?? facts.health === 'healthy') ? 1 : 0
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
    return [...this.#sources.values()].map(({ runtime, isUp }) => ({
      name: runtime.name,
      place: runtime.place,
      isUp,
    }))
  }

  /** Asks now and then whether each runtime answers, and what its health checks say; does not wait. */
  check(): void {
    if (performance.now() - this.#checkedMs < CHECK_MS) return
    this.#checkedMs = performance.now()
    for (const source of this.#sources.values()) void source.check(this.#abort.signal)
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
    const source = new RuntimeSource(runtime, (reason) => this.#onFault(name, reason))
    this.#sources.set(name, source)
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
    let isKnownToNobody = true
    for (const source of this.#sources.values()) {
      const found = await source.describe(id, this.#abort.signal)
      if (found === 'failed') isKnownToNobody = false
      else if (found !== undefined) {
        entry.facts = found
        break
      }
    }
    entry.isPending = false
    entry.againMs = performance.now() + (isKnownToNobody ? STRANGER_MS : AGAIN_MS)
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true
}

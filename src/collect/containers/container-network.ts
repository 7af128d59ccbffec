import type { ControlGroup } from './control-group.ts'
import { networkOf, readInterfaces } from './processes.ts'
import { quoteLabel } from './quote-label.ts'
import type { InterfaceRow } from './reading.ts'

interface Known {
  readonly identity: number
  readonly pid: number
  /** The network namespace of the process; undefined when this user may not see it. */
  readonly network: string | undefined
}

/**
 * The interfaces of containers, each network namespace once in a scrape: the containers of a pod share that of the first, and
 * those that use the host's have none of their own.
 */
export class ContainerNetworks {
  readonly #procRoot: string
  #known = new Map<string, Known>()
  #kept = new Map<string, Known>()
  #seen = new Set<string>()
  #host: string | undefined

  constructor(procRoot: string) {
    this.#procRoot = procRoot
  }

  /** To be called when a scrape begins; forgets the groups that the last one did not ask for. */
  begin(): void {
    this.#known = this.#kept
    this.#kept = new Map()
    this.#seen = new Set()
    this.#host = networkOf(this.#procRoot, 1)
  }

  /** The interfaces of the machine as a whole. */
  ofHost(): InterfaceRow[] {
    return rowsOf(readInterfaces(this.#procRoot, 1))
  }

  /** Those of a container; `pid` is its first process where the runtime says so. */
  of(group: ControlGroup, pid: number | undefined): InterfaceRow[] {
    let known = this.#known.get(group.name)
    let isFresh = false
    if (known === undefined || known.identity !== group.identity) {
      known = this.#look(group, pid)
      isFresh = true
    }
    if (known === undefined) return []
    if (this.#isElsewhere(known)) {
      this.#kept.set(group.name, known)
      return []
    }
    const interfaces = readInterfaces(this.#procRoot, known.pid)
    if (interfaces === undefined && !isFresh) {
      // That process has ended, and the container has not: the next scrape finds another one.
      this.#known.delete(group.name)
      return []
    }
    this.#kept.set(group.name, known)
    if (known.network !== undefined) this.#seen.add(known.network)
    return rowsOf(interfaces)
  }

  #look(group: ControlGroup, pid: number | undefined): Known | undefined {
    const first = pid ?? group.processes()[0]
    if (first === undefined) return undefined
    return {
      ...{ identity: group.identity, pid: first },
      network: networkOf(this.#procRoot, first),
    }
  }

  #isElsewhere({ network }: Known): boolean {
    return network !== undefined && (network === this.#host || this.#seen.has(network))
  }
}

function rowsOf(
  interfaces: readonly { readonly name: string; readonly counts: Float64Array }[] | undefined,
): InterfaceRow[] {
  return (interfaces ?? []).map(({ name, counts }) => ({
    labels: `interface="${quoteLabel(name)}"`,
    counts,
  }))
}

/** Tells of what goes wrong and when it is over, once each. */
export interface FaultTeller {
  /** `reason` is empty when it is over. */
  (place: FaultPlace, reason: string): void
}

export interface FaultPlace {
  /** Label of the server. */
  readonly server: string
  /** Empty: the server as a whole. */
  readonly database: string
  /** Empty: the connection. */
  readonly collector: string
  /** It was not asked for by name, and nothing else is missing without it. */
  readonly isMinor: boolean
}

/** A fault that comes and goes is told of no oftener than this. */
const QUIET_MS = 10 * 60_000

/** Remembers which faults were told of: a server that is down for a night is one line, not one every 15 seconds. */
export class ToldFaults {
  readonly #tell: FaultTeller
  readonly #faults = new Map<string, { kind: string; toldMs: number; isOpen: boolean }>()

  constructor(tell: FaultTeller) {
    this.#tell = tell
  }

  /** `kind` is what makes two faults the same, where the reason holds numbers that change. */
  fault(place: FaultPlace, kind: string, reason: string, nowMs: number): void {
    const key = keyOf(place)
    const before = this.#faults.get(key)
    const isTold = before?.kind === kind && (before.isOpen || nowMs - before.toldMs < QUIET_MS)
    if (isTold) return
    this.#faults.set(key, { kind, toldMs: nowMs, isOpen: true })
    this.#tell(place, reason)
  }

  well(place: FaultPlace): void {
    const before = this.#faults.get(keyOf(place))
    if (before?.isOpen !== true) return
    before.isOpen = false
    this.#tell(place, '')
  }

  /** Forgets servers that are asked no more. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const key of this.#faults.keys()) {
      if (!servers.has(key.split('\u0000', 1)[0] ?? '')) this.#faults.delete(key)
    }
  }
}

function keyOf({ server, database, collector }: FaultPlace): string {
  return [server, database, collector].join('\u0000')
}

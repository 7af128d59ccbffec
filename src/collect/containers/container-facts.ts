/** What a container runtime knows of a container, and its control group does not say. */
export interface ContainerFacts {
  readonly runtime: string
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  /** `NAME=value`, as the container is given them. */
  readonly env: readonly string[]
  /** Seconds since the Unix epoch; undefined where the runtime does not say. */
  readonly createdSeconds: number | undefined
  readonly startedSeconds: number | undefined
  /** Its first process in the namespace of the host; undefined where the runtime does not say. */
  readonly pid: number | undefined
  /** It has a health check: `healthy`, `unhealthy`, `starting`; undefined: it has none. */
  readonly health: string | undefined
  /** It uses the network of the host or of another container. */
  readonly sharesNetwork: boolean
  /** The folder of its writable layer, as the host has it. */
  readonly layerFolder: string | undefined
}

/** A container runtime that is asked for what it knows. */
export interface Runtime {
  readonly name: string
  /** What messages call it: its socket. */
  readonly place: string
  /** Undefined: this runtime has no such container. Rejects with a clear message when it cannot be asked. */
  describe(id: string, signal: AbortSignal): Promise<ContainerFacts | undefined>
  /** Asks whether it answers; the ids of the containers whose health check says `healthy`, as far as it knows such a thing. */
  check(signal: AbortSignal): Promise<ReadonlySet<string>>
  close?(): void
}

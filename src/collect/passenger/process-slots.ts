/**
 * Gives each process a small number that the next one takes over when it ends, as the exporters do: series by process id would be
 * new ones with each deployment.
 */
export class ProcessSlots {
  readonly #slots = new Map<string, Map<number, number>>()

  /** The number of each of an application's processes, in their order; numbers of processes that are gone are free again. */
  slotsOf(application: string, pids: readonly number[]): readonly number[] {
    const before = this.#slots.get(application) ?? new Map<number, number>()
    const kept = new Map(
      pids.flatMap((pid) => (before.has(pid) ? [[pid, before.get(pid) ?? 0]] : [])),
    )
    const taken = new Set(kept.values())
    let next = 0
    for (const pid of pids) {
      if (kept.has(pid)) continue
      while (taken.has(next)) next++
      kept.set(pid, next)
      taken.add(next)
    }
    this.#slots.set(application, kept)
    return pids.map((pid) => kept.get(pid) ?? 0)
  }
}

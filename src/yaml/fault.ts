/** What is wrong in a configuration file, and where. Lines and columns count from 1; 0 means the file as a whole. */
export interface ConfigFault {
  readonly file: string
  readonly line: number
  readonly col: number
  /** Names the key, says what is wrong and what is allowed: `scrape_timeout: exceeds scrape_interval 10000ms`. */
  readonly message: string
  /** An error keeps the configuration from being used; a warning says what was read differently or is ignored. */
  readonly severity: 'error' | 'warning'
  /** Set where a file that the configuration names is not there, which a running server tolerates and a check does not. */
  readonly kind?: 'missing-file'
}

/** At most so many faults are kept: a file of the wrong kind has one on every line. */
const MAX_FAULTS = 200

/** Collects what readers find, so that a person sees every fault of a file at once. */
export class FaultList {
  readonly #items: ConfigFault[] = []
  readonly #seen = new Set<string>()
  #errorCount = 0
  #omitted = 0

  /** Adds a fault; the very same fault at the very same place is kept once. */
  add(fault: ConfigFault): void {
    const key = `${fault.file}\n${fault.line}:${fault.col}:${fault.message}`
    if (this.#seen.has(key)) return
    if (fault.severity === 'error') this.#errorCount++
    if (this.#items.length >= MAX_FAULTS) {
      this.#omitted++
      return
    }
    this.#seen.add(key)
    this.#items.push(fault)
  }

  /** True as soon as one of the faults is an error. */
  get hasErrors(): boolean {
    return this.#errorCount > 0
  }

  /** How many errors were added, omitted ones included. */
  get errorCount(): number {
    return this.#errorCount
  }

  /** Everything found, by file (in order of reading), line and column. */
  get items(): readonly ConfigFault[] {
    const files = new Map<string, number>()
    for (const { file } of this.#items) if (!files.has(file)) files.set(file, files.size)
    const sorted = this.#items.toSorted(
      (a, b) =>
        (files.get(a.file) ?? 0) - (files.get(b.file) ?? 0) || a.line - b.line || a.col - b.col,
    )
    const last = sorted.at(-1)
    if (this.#omitted === 0 || !last) return sorted
    const message = `${this.#omitted} more faults are not shown`
    return [...sorted, { file: last.file, line: 0, col: 0, message, severity: 'warning' }]
  }
}

/** One line for a person: `server.yaml:14:21: scrape_timeout: exceeds scrape_interval 10000ms`. */
export function formatFault(fault: ConfigFault): string {
  const place = fault.line === 0 ? fault.file : `${fault.file}:${fault.line}:${fault.col}`
  return `${place}: ${fault.severity === 'warning' ? 'warning: ' : ''}${fault.message}`
}

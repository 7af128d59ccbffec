import type { LookupHost } from './lookup-host.ts'
import type { ProbeReport } from './probe-report.ts'

/** What a prober has besides its target and settings. */
export interface ProbeEnv {
  readonly report: ProbeReport
  /** Aborts when the probe has taken as long as it may. */
  readonly signal: AbortSignal
  readonly lookup: LookupHost
  /** The program that sends echo requests. */
  readonly pingProgram: string
}

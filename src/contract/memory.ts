/** `GET /api/v1/status/memory`: what the process group takes of its memory budget, and what was put off or refused for it. */
export interface MemoryJson {
  readonly budgetBytes: number
  /** All that is resident, and what of it is anonymous or shared. Null before the first look, and where the system does not tell. */
  readonly residentBytes: number | null
  readonly anonymousBytes: number | null
  /** `tight`: large queries take turns. `over`: they are ended; when that does not help, pushes are put off for some seconds. */
  readonly level: 'calm' | 'tight' | 'over'
  /** Since when it is at this level, Unix milliseconds. */
  readonly sinceMs: number
  /** Whether clean pages of programs and libraries can be given back. */
  readonly givesBackCleanPages: boolean
  /** Queries that were refused or ended since the start, and pushes that were put off. */
  readonly shedQueries: number
  readonly postponedPushes: number
}

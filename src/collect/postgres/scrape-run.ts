import type { MetricFamily } from '../../model/metric-family.ts'
import { FamilyTable } from './family-table.ts'
import type { PostgresSettings } from './postgres-settings.ts'

/** A collector in all databases of a server. */
export interface CollectorResult {
  seconds: number
  isWell: boolean
}

/** One scrape of one server, while it goes on. */
export class ScrapeRun {
  readonly settings: PostgresSettings
  readonly table = new FamilyTable()
  readonly collectors = new Map<string, CollectorResult>()
  readonly #server: readonly string[]
  readonly #isOnly: boolean
  readonly #endMs: number
  /** Families that a custom query gives: they replace built-in ones. */
  readonly #customNames: ReadonlySet<string>
  hasErrors = false

  constructor(settings: PostgresSettings, server: string, isOnly: boolean) {
    this.settings = settings
    this.#server = ['server', server]
    this.#isOnly = isOnly
    this.#endMs = performance.now() + settings.timeoutMs
    this.#customNames = namesOf(settings)
  }

  /** Milliseconds that are left. */
  get leftMs(): number {
    return Math.max(0, this.#endMs - performance.now())
  }

  /** Labels of every series. Those of families that came after 0.11 name the server only where there are several. */
  labels(hasServer: boolean): readonly string[] {
    const server = hasServer || !this.#isOnly ? this.#server : []
    return [...server, ...this.settings.constantLabels]
  }

  /** Adds families of a built-in query; those of 0.11 have the configured prefix in place of `pg`. */
  addBuiltIn(families: readonly MetricFamily[], isOld: boolean): void {
    const { prefix } = this.settings
    const all =
      isOld && prefix !== 'pg'
        ? families.map((one) => ({ ...one, name: one.name.replace('pg', prefix) }))
        : families
    this.table.addAll(all, this.#customNames)
  }

  resultOf(collector: string): CollectorResult {
    const result = this.collectors.get(collector) ?? { seconds: 0, isWell: true }
    this.collectors.set(collector, result)
    return result
  }
}

function namesOf({ queryFiles }: PostgresSettings): ReadonlySet<string> {
  return new Set(
    queryFiles.flatMap(({ queries }) =>
      queries.flatMap(({ shape: { prefix, columns } }) =>
        [...columns.keys()].map((column) => `${prefix}_${column}`),
      ),
    ),
  )
}

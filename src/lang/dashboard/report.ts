/** What reading a dashboard found: shown after an import, and by `vedette dashboards import`. */
export interface ImportReport {
  /** The file's own; 0 when it says none. */
  readonly schemaVersion: number
  /** What the dashboard asks for and does not get; each is also said in its place on the page. */
  readonly unsupported: readonly Unsupported[]
  /** Panels whose type was replaced by its successor (`graph` by `timeseries`). */
  readonly migrated: readonly MigratedPanel[]
  /** What became of `${DS_…}` and other inputs. */
  readonly bound: readonly BoundInput[]
}

export type UnsupportedKind =
  | 'panel type'
  | 'panel option'
  | 'library panel'
  | 'transformation'
  | 'variable'
  | 'datasource'
  | 'query'
  | 'annotation'
  | 'schema version'

export interface Unsupported {
  readonly kind: UnsupportedKind
  /** The type, transformation, variable or source as the file names it. */
  readonly name: string
  readonly panelId?: number
  readonly panelTitle?: string
  /** What happens instead. */
  readonly reason: string
}

export interface MigratedPanel {
  readonly panelId: number
  readonly panelTitle: string
  readonly from: string
  readonly to: string
}

export interface BoundInput {
  /** The input's name: `DS_PROMETHEUS`. */
  readonly name: string
  /** The uid of the source, or the constant's value. */
  readonly value: string
}

/** Gathers a report while a dashboard is read. */
export interface ReportDraft {
  readonly unsupported: Unsupported[]
  readonly migrated: MigratedPanel[]
  readonly bound: BoundInput[]
}

export function draftReport(): ReportDraft {
  return { unsupported: [], migrated: [], bound: [] }
}

/**
 * JSON of our own API of dashboards: `/api/vedette/dashboards/…` of the UI listener, beside Grafana's (docs/dashboards.md).
 * A refusal is `{ message }`, with Grafana's word in `status` where it has one.
 */

/** `meta.vedette` of `GET /api/dashboards/uid/:uid`. */
export type DashboardOriginJson =
  | { readonly origin: 'saved' }
  | {
      /** `file`: the dashboard is a file; `copy`: one was saved that stands in front of the file. */
      readonly origin: 'file' | 'copy'
      readonly file: string
      readonly provider: string
      /** A copy whose file has changed since the copy was made. */
      readonly fileChanged: boolean
    }

/** `POST /api/vedette/dashboards/import` with `{dashboard, folderUid?, uid?, overwrite?, message?}`; `dashboard` has any form. */
export interface ImportedDashboardJson {
  readonly uid: string
  readonly title: string
  readonly url: string
  readonly version: number
  readonly folderUid: string
  readonly report: ImportReportJson
}

/** What is not as the file says; as lang/dashboard/report.ts. */
export interface ImportReportJson {
  /** The file's own; 0 when it says none. */
  readonly schemaVersion: number
  readonly unsupported: readonly {
    readonly kind: string
    readonly name: string
    readonly panelId?: number
    readonly panelTitle?: string
    /** What happens instead. */
    readonly reason: string
  }[]
  readonly migrated: readonly {
    readonly panelId: number
    readonly panelTitle: string
    readonly from: string
    readonly to: string
  }[]
  readonly bound: readonly { readonly name: string; readonly value: string }[]
}

/** `GET /api/vedette/dashboards/provisioning`. */
export interface ProvisioningJson {
  readonly providers: readonly {
    readonly name: string
    readonly folder: string
    readonly paths: readonly string[]
    readonly allowUiUpdates: boolean
    readonly dashboards: number
  }[]
  /** What is wrong with files now. */
  readonly faults: readonly { readonly file: string; readonly message: string }[]
}

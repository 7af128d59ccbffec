/** Where dashboards come from as files: one provider of Grafana's provisioning, or a folder of our own. */
export interface Provider {
  readonly name: string
  /** '' for none. Ignored with `foldersFromFilesStructure`. */
  readonly folder: string
  readonly folderUid: string | undefined
  /** Absolute folders, or single files. They need not exist yet. */
  readonly paths: readonly string[]
  /** The folders on the disk become folders of dashboards. */
  readonly foldersFromFilesStructure: boolean
  /** Whether a copy may be saved in front of a file; Grafana's default is no, ours yes, for who does not say. */
  readonly allowUiUpdates: boolean
  /** A dashboard whose file is gone stays, as one without a file. */
  readonly disableDeletion: boolean
  readonly updateIntervalMs: number
}

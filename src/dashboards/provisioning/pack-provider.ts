import path from 'node:path'
import type { Provider } from './provider.ts'

/** The provider of the dashboards that ship: `dashboards/*.json` of each pack's folder. */
export function packProvider(packFolders: readonly string[]): Provider {
  return {
    ...{ name: 'packs', folder: 'Vedette', folderUid: 'vedette' },
    paths: packFolders.map((folder) => path.join(folder, 'dashboards')),
    ...{ foldersFromFilesStructure: false, allowUiUpdates: true, disableDeletion: false },
    updateIntervalMs: 10_000,
  }
}

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Core } from './core.ts'
import { Folders } from './dashboards/folders.ts'
import { DashboardLibrary } from './dashboards/library.ts'
import { Preferences } from './dashboards/preferences.ts'
import type { Provider } from './dashboards/provisioning/provider.ts'
import type { Route } from './http/exchange.ts'
import { grafanaDashboardRoutes } from './http/ui/grafana-dashboards.ts'
import { grafanaRoutes } from './http/ui/grafana-route.ts'
import { grafanaSearchRoutes } from './http/ui/grafana-search.ts'
import { builtInDatasources } from './lang/dashboard/datasource.ts'
import type { Metadata } from './store/metadata/metadata.ts'

/** The dashboards of a running program. */
export interface RunningDashboards {
  readonly routes: readonly Route[]
}

/** Opens the dashboards that are saved and those that are files, which are followed from now on. */
export async function startDashboards(core: Core, metadata: Metadata): Promise<RunningDashboards> {
  const log = core.log.child({ component: 'dashboards' })
  const datasources = () => builtInDatasources
  const folders = new Folders(metadata, Date.now)
  const library = new DashboardLibrary({ metadata, folders, log, datasources, nowMs: Date.now })
  core.ends.push(() => library.files.stop())
  await library.files.apply(ownProviders())
  const preferences = new Preferences(metadata)
  const route = grafanaRoutes(log)
  return {
    routes: [
      ...grafanaDashboardRoutes({ library, preferences, datasources }, route),
      ...grafanaSearchRoutes(library, route),
    ],
  }
}

/** The dashboards that ship: those of every folder of packs/. */
function ownProviders(): readonly Provider[] {
  const packs = fileURLToPath(new URL('../packs/', import.meta.url))
  const names = existsSync(packs) ? readdirSync(packs).sort() : []
  return [
    {
      name: 'vedette',
      folder: 'Vedette',
      folderUid: 'vedette',
      paths: names.map((name) => path.join(packs, name, 'dashboards')),
      foldersFromFilesStructure: false,
      allowUiUpdates: true,
      disableDeletion: false,
      updateIntervalMs: 10_000,
    },
  ]
}

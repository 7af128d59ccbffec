import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { makeDataFolder } from './start-engine.ts'
import type { Metadata } from './store/metadata/metadata.ts'
import { openMetadata, type MetadataPlace } from './store/metadata/open.ts'

/** Opens the metadata: a SQLite file in the data folder, or the PostgreSQL that is configured. Rejects with a `Problem`. */
export async function startMetadata(core: Core): Promise<Metadata> {
  const config = core.config()
  makeDataFolder(config.dataFolder)
  const opened = await openMetadata(
    placeOfMetadata(config),
    core.log.child({ component: 'metadata' }),
  )
  core.ends.push(() => opened.close())
  return opened
}

/** Where the metadata is, as the server and the verbs that work on it beside the server see it. */
export function placeOfMetadata({
  dataFolder,
  metadata,
}: Pick<VedetteConfig, 'dataFolder' | 'metadata'>): MetadataPlace {
  return metadata.url === undefined
    ? { path: path.join(dataFolder, 'metadata.sqlite') }
    : { url: metadata.url.reveal() }
}

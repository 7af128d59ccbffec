import path from 'node:path'
import type { Core } from './core.ts'
import { makeDataFolder } from './start-engine.ts'
import type { Metadata } from './store/metadata/metadata.ts'
import { openMetadata } from './store/metadata/open.ts'

/** Opens the metadata: a SQLite file in the data folder, or the PostgreSQL that is configured. Rejects with a `Problem`. */
export async function startMetadata(core: Core): Promise<Metadata> {
  const { dataFolder, metadata } = core.config()
  makeDataFolder(dataFolder)
  const place =
    metadata.url === undefined
      ? { path: path.join(dataFolder, 'metadata.sqlite') }
      : { url: metadata.url.reveal() }
  const opened = await openMetadata(place, core.log.child({ component: 'metadata' }))
  core.ends.push(() => opened.close())
  return opened
}

import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { StoreClient } from '../../store/client.ts'
import { releaseTables } from '../../store/freeze.ts'

/** What the names of what backups hold begin with. Letters, digits and `_`: the engine would write others in another way into the name of the folder. */
export const HOLD = 'vedette_'

/**
 * Lets go what a backup of this data folder held, and what one held that was killed: links to files that the engine may have removed since.
 * By the engine first, which counts for each object of an archive's bucket who needs it. `archiveRoot` is that of the archive's disk, where there is one.
 */
export async function letGo(
  dataFolder: string,
  client: StoreClient | undefined,
  archiveRoot?: string,
): Promise<void> {
  const shadow = path.join(dataFolder, 'engine/db/shadow')
  const names = await heldIn(shadow)
  const archived = archiveRoot === undefined ? [] : await heldIn(path.join(archiveRoot, 'shadow'))
  for (const name of new Set([...names, ...archived])) {
    if (client !== undefined) await releaseTables(client, name)
    await rm(path.join(shadow, name), { recursive: true, force: true })
  }
}

async function heldIn(shadow: string): Promise<readonly string[]> {
  const names = await readdir(shadow).catch(() => [])
  return names.filter((each) => each.startsWith(HOLD))
}

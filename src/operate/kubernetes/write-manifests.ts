import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { makeFolder, writeWhole, type StepResult } from '../install/file-step.ts'
import type { Manifest } from './manifest.ts'
import { HEADING, manifestFiles } from './print-manifests.ts'

/**
 * Writes a file for each object; secrets are readable by their owner alone. Files that were made here earlier and hold nothing any
 * more are removed, all others of the folder are left alone.
 */
export function writeManifests(folder: string, manifests: readonly Manifest[]): StepResult[] {
  const files = manifestFiles(manifests)
  makeFolder(folder, 0o755, undefined)
  const stale = readdirSync(folder).filter(
    (name) => name.endsWith('.yaml') && !files.has(name) && isOwn(path.join(folder, name)),
  )
  const written = [...files].map(([name, text]) => {
    const mode = text.includes('\nkind: Secret\n') ? 0o600 : 0o644
    return writeWhole(path.join(folder, name), text, { mode })
  })
  const removed = stale.map((name): StepResult => {
    const file = path.join(folder, name)
    rmSync(file)
    return { outcome: 'removed', what: file }
  })
  return [...written, ...removed]
}

function isOwn(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').startsWith(HEADING)
}

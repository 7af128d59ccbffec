import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { ComposeService, Written } from './compose-service.ts'
import { nearPath } from './host-path.ts'

/** Larger files are no configuration of a proxy. */
const MAX_FILE_BYTES = 64 * 1024
const MAX_FILES = 50

/** The lines of the files that a service has from the folder of the compose file, or below it: what a proxy leads to stands there. */
export function mountedLines(service: ComposeService, folder: string): readonly Written[] {
  const files = service.mounts
    .filter(({ source }) => source.startsWith(`${folder}/`))
    .flatMap(({ source }) => filesOf(source))
  return files.slice(0, MAX_FILES).flatMap((file) => {
    const near = nearPath(folder, file)
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.map((text, at) => ({ text, place: `${near}:${at + 1}` }))
  })
}

function filesOf(source: string): readonly string[] {
  const stats = statSync(source, { throwIfNoEntry: false })
  const files =
    stats?.isDirectory() === true
      ? readdirSync(source).map((name) => path.join(source, name))
      : [source]
  return files.filter((file) => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.isFile() === true && found.size <= MAX_FILE_BYTES
  })
}

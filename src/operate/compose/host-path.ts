import path from 'node:path'
import type { ComposeService } from './compose-service.ts'

/** Where a file of a container lies on the host, absolute; undefined when no mount holds it. */
export function hostPathOf(service: ComposeService, inside: string): string | undefined {
  const mounts = [...service.mounts].sort((a, b) => b.target.length - a.target.length)
  for (const { source, target } of mounts) {
    const below = path.posix.relative(target, path.posix.normalize(inside))
    if (below === '') return source
    if (!below.startsWith('..') && !path.posix.isAbsolute(below)) return path.join(source, below)
  }
  return undefined
}

/** As vedette.yml in this folder names it. */
export function nearPath(folder: string, file: string): string {
  const relative = path.relative(folder, file)
  return relative.startsWith('..') ? file : `./${relative}`
}

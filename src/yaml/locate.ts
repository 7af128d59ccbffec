import path from 'node:path'
import { findFiles, isPattern } from './glob.ts'
import { mountedNear, mountedPath } from './mounts.ts'

/**
 * Where a path of the configuration leads: relative ones start from the configuration's folder; an absolute one that leads
 * nowhere is looked for in that folder too, because a configuration that was written for a container names the container's
 * paths (`/etc/prometheus/alerts/*.yml` is `alerts/*.yml` beside `prometheus.yml`). Where `mounts` of vedette.yml says what the container saw there, that is looked at first. Wildcards are
 * allowed.
 */
export function locate(written: string, folder: string): { pattern: string; files: string[] } {
  const pattern = path.resolve(folder, written)
  const mounted = path.isAbsolute(written)
    ? mountedPath(written)
    : mountedNear(written, path.resolve(folder))
  if (mounted !== undefined) {
    const found = findFiles(mounted)
    if (found.length > 0) return { pattern: mounted, files: found }
  }
  const files = findFiles(pattern)
  if (files.length > 0 || !path.isAbsolute(written)) return { pattern, files }
  for (const tail of tailsOf(pattern)) {
    const near = path.join(folder, tail)
    const found = findFiles(near)
    if (found.length > 0) return { pattern: near, files: found }
  }
  return { pattern: mounted ?? pattern, files: [] }
}

/** Ends of a path, the most likely first. A wildcard alone would take every file of the folder, so it is not one. */
function tailsOf(pattern: string): string[] {
  const home = '/etc/prometheus/'
  const parts = pattern.split('/').filter((part) => part !== '')
  const tails = parts.slice(1).map((_, i) => parts.slice(i + 1).join('/'))
  const last = tails.at(-1)
  if (last !== undefined && isPattern(last)) tails.pop()
  if (pattern.startsWith(home)) tails.unshift(pattern.slice(home.length))
  return tails
}

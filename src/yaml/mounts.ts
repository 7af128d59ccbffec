import path from 'node:path'
import type { YamlNode } from './node.ts'

/** A path that configurations of containers name, and what it is on this host; both absolute. */
export interface MountedPath {
  readonly inside: string
  readonly outside: string
}

/** Those in force while a configuration is being read, the longest first. */
let inForce: readonly MountedPath[] = []

/** `mounts:` of vedette.yml: paths as containers had them to paths of this host, which start from the folder of the file. */
export function readMountsSection(node: YamlNode | undefined): readonly MountedPath[] {
  const folder = path.dirname(path.resolve(node?.file ?? '.'))
  return (node?.asMap()?.entries() ?? []).flatMap((entry) => {
    const outside = entry.asString()
    if (!entry.name.startsWith('/')) {
      entry.errorAtKey('must be a path from the root: what a container saw')
      return []
    }
    if (outside === undefined) {
      entry.errorAtKey('must be the path of this host that it was')
      return []
    }
    return [{ inside: path.posix.normalize(entry.name), outside: path.resolve(folder, outside) }]
  })
}

/** Does `work`, which must not wait for anything, with these in force. */
export function withMounts<T>(mounts: readonly MountedPath[], work: () => T): T {
  const before = inForce
  inForce = mounts.toSorted((a, b) => b.inside.length - a.inside.length)
  try {
    return work()
  } finally {
    inForce = before
  }
}

/** For what meets paths only later, while the program runs. */
export function mountsInForce(): readonly MountedPath[] {
  return inForce
}

/** What an absolute path of a container is on this host; undefined where no mount holds it. */
export function mountedPath(
  inside: string,
  mounts: readonly MountedPath[] = inForce,
): string | undefined {
  return translate(inside, mounts, 'inside', 'outside')
}

/**
 * What a path is that is relative to a file of this folder: the container that the file was written for may have had another
 * folder beside it.
 */
export function mountedNear(written: string, folder: string): string | undefined {
  const own = inForce.find(({ outside }) => path.dirname(outside) === folder)
  const above = translate(folder, inForce, 'outside', 'inside')
  const container = above ?? (own === undefined ? undefined : path.posix.dirname(own.inside))
  return container === undefined ? undefined : mountedPath(path.posix.join(container, written))
}

function translate(
  given: string,
  mounts: readonly MountedPath[],
  from: keyof MountedPath,
  to: keyof MountedPath,
): string | undefined {
  for (const mount of mounts) {
    const below = path.posix.relative(mount[from], given)
    if (below === '') return mount[to]
    if (!below.startsWith('..') && !path.posix.isAbsolute(below)) return path.join(mount[to], below)
  }
  return undefined
}

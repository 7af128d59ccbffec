import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Version 1 writes this much, rounded to pages, for "no limit". */
const NO_LIMIT_BYTES = 2 ** 60

/**
 * The lowest memory limit of the control groups that this process is in (cgroups(7)), in bytes; undefined without one. `root` stands for `/`
 * in tests. In a container the group's own folder is the root of what is mounted, so each level is tried, whether it is there or not.
 */
export function readMemoryLimit(root = '/'): number | undefined {
  const limits = readText(join(root, 'proc/self/cgroup'))
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      if (controllers === '') return limitsAlong(join(root, 'sys/fs/cgroup'), path, 'memory.max')
      if (!controllers.split(',').includes('memory')) return []
      const mounted = join(root, 'sys/fs/cgroup/memory')
      return limitsAlong(mounted, path, 'memory.limit_in_bytes')
    })
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/** The limits of a group and of all above it. */
function limitsAlong(mounted: string, path: string, file: string): number[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, depth) => {
    const text = readText(join(mounted, ...parts.slice(0, depth), file)).trim()
    return /^\d+$/.test(text) ? Number(text) : NO_LIMIT_BYTES
  }).filter((bytes) => bytes > 0 && bytes < NO_LIMIT_BYTES)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

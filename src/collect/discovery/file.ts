import { watch, type FSWatcher } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { compileAnchored } from '../../model/regex.ts'
import { messageOf } from '../../model/problem.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from './target-group.ts'

export interface FileDiscoveryOptions {
  /** Absolute patterns; `*` and `?` in the last part of the path. */
  readonly patterns: readonly string[]
  readonly refreshIntervalMs: number
  readonly onFault: (file: string, message: string) => void
}

const LARGEST_FILE = 32 * 1024 * 1024
/** Editors write a file in several steps: changes are read after this pause. */
const SETTLE_MS = 100

/**
 * Targets from JSON or YAML files, read again when they change and at an interval. A file that cannot be read leaves the targets
 * that it gave before in force, as in Prometheus.
 */
export function fileDiscovery(options: FileDiscoveryOptions): Discovery {
  const known = new Map<string, readonly TargetGroup[]>()
  const watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let settle: NodeJS.Timeout | undefined
  let stopped = false

  async function refresh(update: (groups: readonly TargetGroup[]) => void): Promise<void> {
    const files = (await Promise.all(options.patterns.map(findFiles))).flat()
    for (const gone of [...known.keys()].filter((file) => !files.includes(file))) known.delete(gone)
    for (const file of files) {
      try {
        known.set(file, await readTargets(file))
      } catch (thrown) {
        options.onFault(file, messageOf(thrown))
      }
    }
    if (!stopped) update([...known.values()].flat())
  }

  return {
    start(update) {
      const run = (): void => void refresh(update)
      run()
      timer = setInterval(run, options.refreshIntervalMs)
      timer.unref()
      for (const folder of new Set(options.patterns.map((pattern) => path.dirname(pattern)))) {
        try {
          const watcher = watch(folder, { persistent: false }, () => {
            clearTimeout(settle)
            settle = setTimeout(run, SETTLE_MS)
          })
          watcher.on('error', (error) => options.onFault(folder, error.message))
          watchers.push(watcher)
        } catch (thrown) {
          options.onFault(folder, messageOf(thrown))
        }
      }
    },
    stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(settle)
      for (const watcher of watchers) watcher.close()
    },
  }
}

async function findFiles(pattern: string): Promise<string[]> {
  const folder = path.dirname(pattern)
  const base = path.basename(pattern)
  if (!/[*?]/.test(base)) return (await exists(pattern)) ? [pattern] : []
  const names = await readdir(folder).catch(() => [])
  const matches = globTest(base)
  return names
    .filter(matches)
    .sort()
    .map((name) => path.join(folder, name))
}

function globTest(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  const regex = compileAnchored(source)
  return (name) => regex.test(name)
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/** Reads one file; throws an Error that says what is wrong with it. */
async function readTargets(file: string): Promise<TargetGroup[]> {
  const { size } = await stat(file)
  if (size > LARGEST_FILE) throw new Error(`is larger than ${LARGEST_FILE} bytes`)
  const content: unknown = parse(await readFile(file, 'utf8'), { maxAliasCount: 100 })
  if (content === null || content === undefined) return []
  if (!Array.isArray(content)) throw new Error('must hold a list of target groups')
  return content.map((group: unknown, i) => readGroup(group, file, i))
}

function readGroup(group: unknown, file: string, position: number): TargetGroup {
  if (typeof group !== 'object' || group === null) throw new Error(`group ${position} is not a map`)
  const { targets, labels = {} } = group as { targets?: unknown; labels?: unknown }
  if (!Array.isArray(targets)) throw new Error(`group ${position} has no list "targets"`)
  if (typeof labels !== 'object' || labels === null) throw new Error(`group ${position}: "labels" is not a map`)
  const shared: Record<string, string> = { __meta_filepath: file }
  for (const [name, value] of Object.entries(labels)) shared[name] = String(value)
  return toTargetGroup(`${file}:${position}`, targets.map(String), shared)
}

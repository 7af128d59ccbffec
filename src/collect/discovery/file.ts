import { statSync } from 'node:fs'
import { messageOf } from '../../model/problem.ts'
import { findFiles } from '../../yaml/glob.ts'
import { readTargetFile } from '../config/target-file.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { FolderWatch } from './folder-watch.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from './target-group.ts'

export interface FileDiscoveryOptions {
  /** Absolute patterns, as `findFiles` takes them. */
  readonly patterns: readonly string[]
  readonly refreshIntervalMs: number
  /** A file or folder cannot be used. `message` names it, with line and column where there are. */
  readonly onFault: (file: string, message: string) => void
}

interface KnownFile {
  /** Changes whenever the file does. */
  readonly version: string
  readonly groups: readonly TargetGroup[]
}

/**
 * Targets from JSON or YAML files, read again when they change and at an interval. A file that cannot be read leaves the targets
 * that it gave before in force, as in Prometheus (discovery/file); one that is gone takes its targets with it.
 */
export function fileDiscovery(options: FileDiscoveryOptions): Discovery {
  let known: ReadonlyMap<string, KnownFile> = new Map()
  let timer: NodeJS.Timeout | undefined
  let watch: FolderWatch | undefined

  /** True when the targets may be others than before. With `all` files are read though they look unchanged. */
  function refresh(all: boolean): boolean {
    const files = [...new Set(options.patterns.flatMap(findFiles))].sort()
    const found = new Map<string, KnownFile>()
    let isChanged = files.length !== known.size
    for (const file of files) {
      const before = known.get(file)
      const version = versionOf(file)
      if (!all && before !== undefined && before.version === version) {
        found.set(file, before)
        continue
      }
      isChanged = true
      const groups = readGroups(file, options.onFault) ?? before?.groups ?? []
      found.set(file, { version, groups })
    }
    known = found
    return isChanged
  }

  return {
    start(update) {
      const send = (): void => update([...known.values()].flatMap(({ groups }) => groups))
      const run = (all: boolean): void => {
        try {
          watch?.renew()
          if (refresh(all)) send()
        } catch (thrown) {
          // In a timer nobody would catch it; what was found before stays.
          options.onFault(options.patterns.join(', '), messageOf(thrown))
        }
      }
      watch = new FolderWatch(options.patterns, () => run(false), options.onFault)
      run(true)
      if (known.size === 0) send()
      timer = setInterval(() => run(true), options.refreshIntervalMs)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
      watch?.close()
    },
  }
}

function versionOf(file: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino } = statSync(file, { bigint: true })
    return `${mtimeNs} ${ctimeNs} ${size} ${ino}`
  } catch {
    return ''
  }
}

function readGroups(
  file: string,
  onFault: FileDiscoveryOptions['onFault'],
): readonly TargetGroup[] | undefined {
  const faults = new FaultList()
  const groups = readTargetFile(file, faults)
  if (groups === undefined) {
    onFault(file, describe(faults))
    return undefined
  }
  return groups.map(({ targets, labels }, i) =>
    toTargetGroup(`${file}:${i}`, targets, { ...labels, __meta_filepath: file }),
  )
}

/** One fault often brings others: the first say enough. */
function describe(faults: FaultList): string {
  const shown = faults.items.slice(0, 3).map(formatFault)
  const more = faults.items.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

import path from 'node:path'
import type { Relabeler } from '../../../ingest/relabel.ts'
import type { Labels } from '../../../model/labels.ts'
import { mountedPath, type MountedPath } from '../../../yaml/mounts.ts'
import { publicLabels } from '../public-labels.ts'
import type { TargetGroup } from '../../discovery/target-group.ts'

/** Files to be read under the same labels. */
export interface FileTargetSpec {
  /** Equal for targets that are the same. */
  readonly key: string
  /** Absolute. */
  readonly pattern: string
  readonly exclude: string
  /** Without those that begin with `__`. */
  readonly labels: Labels
}

/** Why a target is not one of files, in promtail's words. */
export type FailedTarget = 'empty_labels' | 'wrong_host' | 'no_path' | 'exists'

export interface FileTargetSet {
  readonly wanted: ReadonlyMap<string, FileTargetSpec>
  readonly failed: readonly FailedTarget[]
}

/** Where targets of files are looked for. */
export interface FileTargetPlace {
  readonly hostname: string
  /** That relative paths start from. */
  readonly folder: string
  readonly mounts?: readonly MountedPath[] | undefined
}

/**
 * What discovery found, as targets of files by promtail's rules (filetargetmanager.go): relabelled, `__path__` and `__path_exclude__`
 * say which files, and one that names another host in `__host__` is for the promtail there. What a container saw at a path is read
 * where it lies on this host.
 */
export function decideFileTargets(
  groups: Iterable<TargetGroup>,
  relabel: Relabeler,
  { hostname, folder, mounts = [] }: FileTargetPlace,
): FileTargetSet {
  const placeOf = (written: string): string =>
    mountedPath(written, mounts) ?? path.resolve(folder, written)
  const wanted = new Map<string, FileTargetSpec>()
  const failed: FailedTarget[] = []
  for (const found of [...groups].flatMap(({ targets }) => targets)) {
    const labels = relabel.apply(found)
    const host = labels?.get('__host__') ?? ''
    const written = labels?.get('__path__') ?? ''
    if (labels === undefined) failed.push('empty_labels')
    else if (host !== '' && host !== hostname) failed.push('wrong_host')
    else if (written === '') failed.push('no_path')
    else {
      const exclude = labels.get('__path_exclude__')
      const shown = publicLabels(labels)
      const spec: FileTargetSpec = {
        key: [written, exclude, shown.key].join('\n'),
        pattern: placeOf(written),
        exclude: exclude === '' ? '' : placeOf(exclude),
        labels: shown,
      }
      if (wanted.has(spec.key)) failed.push('exists')
      wanted.set(spec.key, spec)
    }
  }
  return { wanted, failed }
}

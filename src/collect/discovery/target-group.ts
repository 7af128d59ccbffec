import { Labels } from '../../model/labels.ts'

/** Targets found together; each is the labels that discovery knows of it, `__address__` among them. */
export interface TargetGroup {
  /** Names the group among those of its discovery: a file, a position in the configuration. */
  readonly source: string
  readonly targets: readonly Labels[]
}

/** Something that finds targets and goes on looking. `update` replaces all groups found before. */
export interface Discovery {
  start(update: (groups: readonly TargetGroup[]) => void): void
  stop(): void
}

/** The group of addresses that share labels, as static and file discovery write it. */
export function toTargetGroup(
  source: string,
  addresses: readonly string[],
  shared: Readonly<Record<string, string>>,
): TargetGroup {
  return {
    source,
    targets: addresses.map((address) => Labels.from({ ...shared, __address__: address })),
  }
}

import { existsSync } from 'node:fs'
import type { Draft } from './draft.ts'
import { flagsOf } from './flags-of.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import type { ComposeService } from './read-compose.ts'

interface FileQuestion {
  /** Of vedette.yml. */
  readonly key: string
  /** Flags that name the file. */
  readonly flags: readonly string[]
  /** Where the image has it when no flag says. */
  readonly usual: readonly string[]
}

/**
 * Takes over the configuration file of a service: where its flag, or the usual place of its image, leads on the host. Nothing when
 * it lies inside the image, or is not there.
 */
export function takeConfigFile(
  draft: Draft,
  service: ComposeService,
  folder: string,
  { key, flags, usual }: FileQuestion,
): void {
  const named = flagsOf(service.command).find(({ name }) => flags.includes(name))?.value
  const candidates = named === undefined ? usual : [named]
  const places = candidates.map((inside) => [inside, hostPathOf(service, inside)] as const)
  const [inside, file] = places.find(([, found]) => found !== undefined) ?? []
  if (inside === undefined || file === undefined) {
    const what = named ?? usual[0] ?? ''
    draft.note(
      service.name,
      'left out',
      `its configuration ${what} lies inside the image: the defaults hold`,
    )
    return
  }
  const near = nearPath(folder, file)
  if (!existsSync(file)) {
    draft.note(
      service.name,
      'to do',
      `${near} is not there: it was ${inside}. Put it there, then set ${key}: ${near}`,
    )
    return
  }
  draft.set([key], near)
  draft.note(service.name, 'same', `${near} is read as it is`)
}

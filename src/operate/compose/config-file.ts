import { existsSync, statSync } from 'node:fs'
import type { Draft } from './draft.ts'
import { flagsOf } from './flags-of.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import type { ComposeService } from './compose-service.ts'

interface FileQuestion {
  /** Of vedette.yml. */
  readonly key: string
  /** Flags that name the file. */
  readonly flags: readonly string[]
  /** Where the image has it when no flag says. */
  readonly usual: readonly string[]
  /** What the file inside the image does, and what is done here without one. */
  readonly inImage: string
}

/** A configuration file where the container had it, and where it is. */
export interface TakenFile {
  readonly inside: string
  readonly file: string
}

/**
 * Takes over the configuration file of a service: where its flag, or the usual place of its image, leads on the host. Undefined
 * when it lies inside the image, or is not there.
 */
export function takeConfigFile(
  draft: Draft,
  service: ComposeService,
  folder: string,
  { key, flags, usual, inImage }: FileQuestion,
): TakenFile | undefined {
  const flag = flagsOf(service.command).find(({ name }) => flags.includes(name))
  const named = flag?.value
  const candidates = named === undefined ? usual : [named]
  const places = candidates.map((inside) => [inside, hostPathOf(service, inside)] as const)
  const [inside, file] = places.find(([, found]) => found !== undefined) ?? []
  if (inside === undefined || file === undefined) {
    const what = named ?? usual[0] ?? ''
    // A file that changes another one has no image.
    if (service.image === '' && !service.isBuilt) {
      draft.note(
        service,
        'to do',
        `nothing here says where its configuration ${what} lies: that stands in the file that this one changes. Name both, the base first`,
      )
    } else if (service.isBuilt) {
      draft.note(
        service,
        'to do',
        `its configuration ${what} is built into its image: put a copy beside vedette.yml, and set ${key} to it`,
      )
    } else
      draft.note(service, 'changed', `its configuration ${what} is that of the image: ${inImage}`)
    return undefined
  }
  const near = nearPath(folder, file)
  if (!existsSync(file)) {
    draft.note(
      service,
      'to do',
      `${near} is not there: it was ${inside}. Put it there, then set ${key}: ${near}`,
    )
    return undefined
  }
  if (statSync(file).isDirectory()) {
    draft.note(
      service,
      'to do',
      `${near} is a folder, as Docker makes one of a file that is missing: put the file there, then set ${key}: ${near}`,
    )
    return undefined
  }
  draft.set([key], near)
  draft.note(
    { name: service.name, place: flag?.place ?? service.place },
    'same',
    `${near} is read as it is`,
  )
  return { inside, file }
}

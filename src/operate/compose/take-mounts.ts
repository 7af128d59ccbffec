import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { locate } from '../../yaml/locate.ts'
import type { ComposeService, Mount } from './compose-service.ts'
import type { TakenFile } from './config-file.ts'
import type { Draft } from './draft.ts'
import { nearPath } from './host-path.ts'
import type { ConfigValue } from './print-config.ts'

/**
 * Writes `mounts` of what a configuration file names by paths of its container, where these lead elsewhere on this host. What is
 * found without (beside the file, as the container had it) is left out.
 */
export function takeMounts(
  draft: Draft,
  service: ComposeService,
  folder: string,
  taken: TakenFile | undefined,
): void {
  if (taken === undefined) return
  const text = readText(taken.file)
  const [inside, outside] = [path.posix.dirname(taken.inside), path.dirname(taken.file)]
  const others = service.mounts.filter(({ source }) => source !== taken.file)
  for (const mount of others) {
    const { source, target } = mount
    if (source === target || holds(mount, taken)) continue
    const isNamed = text.includes(target)
    const below = path.posix.relative(inside, target)
    const isNear = !below.startsWith('..')
    if (!isNamed && !isNear) continue
    if (isNear && path.join(outside, below) === source) continue
    if (!isNear && leadsTo(target, outside, source)) continue
    addMount(draft, service, folder, mount)
    // Then paths that are relative to the file are found as the container had them, too.
    if (isNear) {
      const own = service.mounts.find(({ source: file }) => file === taken.file)
      // It is the file itself: there is nothing to say of it.
      if (own !== undefined) draft.set(['mounts', own.target], nearPath(folder, own.source))
    }
  }
}

/** A folder that holds the file itself leads to what is beside it without any word. */
function holds({ source }: Mount, { file }: TakenFile): boolean {
  return file.startsWith(`${source}/`)
}

/** Whether the path is found there as it is written (yaml/locate.ts). */
function leadsTo(target: string, folder: string, source: string): boolean {
  const [first] = locate(target.replace(/[\\*?[]/g, String.raw`\$&`), folder).files
  return first === source
}

/** Notes it once; two containers that have something else at the same path cannot both be served. */
export function addMount(
  draft: Draft,
  service: ComposeService,
  folder: string,
  { source, target, place }: Mount,
): void {
  const near = nearPath(folder, source)
  const subject = { name: service.name, place }
  const all = draft.config.get('mounts')
  const known: ConfigValue | undefined = all instanceof Map ? all.get(target) : undefined
  if (known === near) return
  if (known !== undefined) {
    draft.note(
      subject,
      'to do',
      `${target} is ${near} here and ${typeof known === 'string' ? known : 'something else'} for another service: write the real path into its file`,
    )
    return
  }
  draft.set(['mounts', target], near)
  draft.note(subject, 'changed', `paths below ${target} in its files are read from ${near}`)
}

function readText(file: string): string {
  if (statSync(file).size > 4 * 1024 * 1024) return ''
  return readFileSync(file, 'utf8')
}

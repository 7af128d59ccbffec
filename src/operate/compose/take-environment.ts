import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { ComposeService, EnvironmentFile } from './compose-service.ts'
import type { TakenFile } from './config-file.ts'
import type { Draft } from './draft.ts'
import { nearPath } from './host-path.ts'
import { keepVariables } from './interpolate.ts'

/** Variables that the configuration file of a service is filled in from stay what they were; others mean nothing here. */
export function takeVariables(
  draft: Draft,
  service: ComposeService,
  taken: TakenFile | undefined,
): void {
  const text = taken === undefined ? '' : readFileSync(taken.file, 'utf8')
  const named = new Set(
    [...text.matchAll(/\$\{?(?:env:)?([A-Za-z_]\w*)/g)].map(([, name = '']) => name),
  )
  for (const [name, { text: value, place }] of service.environment) {
    const subject = { name: service.name, place }
    if (!named.has(name)) {
      draft.note(subject, 'left out', `${name}: nothing that is read names it`)
      continue
    }
    const kept = keepVariables(value)
    if (kept === undefined || !/^[A-Z_][A-Z0-9_]*$/.test(name)) {
      draft.note(subject, 'to do', `${name}: write it in capitals into environment.set`)
    } else if (kept === `\${${name}}`) {
      draft.note(subject, 'same', `${name} comes from the environment`)
    } else {
      draft.set(['environment', 'set', name], kept)
      draft.note(subject, 'same', name)
    }
  }
}

/** `env_file`: its variables are read from where they are, so that secrets stay there. */
export function takeEnvironmentFile(
  draft: Draft,
  service: ComposeService,
  folder: string,
  { file, place, isRequired }: EnvironmentFile,
): Readonly<Record<string, string | undefined>> {
  const near = nearPath(folder, file)
  const subject = { name: service.name, place }
  if (!existsSync(file)) {
    if (isRequired)
      draft.note(
        subject,
        'to do',
        `${near} is not there: put it there, then add it to environment.files`,
      )
    return {}
  }
  draft.add(['environment', 'files'], near)
  draft.note(subject, 'same', `variables of ${near} are read from there`)
  return parseEnv(readFileSync(file, 'utf8'))
}

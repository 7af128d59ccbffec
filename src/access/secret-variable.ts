import { readFileSync } from 'node:fs'
import { messageOf, Problem } from '../model/problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The first of these variables that is set. Each name may end in `__FILE`, as Grafana's may, and then names a file. Throws a `Problem` for one that cannot be read. */
export function readSecretVariable(
  names: readonly string[],
  env: Environment,
): { readonly name: string; readonly text: string } | undefined {
  for (const name of names) {
    const text = env[name]
    if (text !== undefined && text !== '') return { name, text }
    const file = env[`${name}__FILE`]
    if (file !== undefined && file !== '') return { name, text: readSecret(name, file) }
  }
  return undefined
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new Problem('bad_data', `${name}__FILE: ${messageOf(cause)}`, { cause })
  }
}
